import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AssignedSession } from '../../../../src/fsso/agents/terminal/assignment.ts';
import { readTerminalLine } from '../../../../src/fsso/agents/terminal/lines.ts';
import { blocksOf } from '../../../../src/fsso/agents/terminal/pool.ts';
import { TerminalServer } from '../../../../src/fsso/agents/terminal/server.ts';
import { StateFile } from '../../../../src/fsso/agents/terminal/state.ts';
import type { TsAgent, TsLogon } from '../../../../src/fsso/agents/ts.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const ip = '10.0.0.60';
const minute = 60_000;

/** A place to keep state, over several servers one after the other. */
function place() {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-ts-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'deep', 'ts-agent.json');
}

function terminal(
  path: string,
  more: { ip?: string | null; blocks?: number; clock?: ManualClock; repeatMs?: number } = {},
) {
  const clock = more.clock ?? new ManualClock();
  const sent: TsLogon[] = [];
  const assigned: AssignedSession[] = [];
  const warned: string[] = [];
  const failing = { code: null as string | null };
  // What is sent is what the collector hears; the datagram itself is tested where it is made.
  const agent = {
    logon: async (logon: TsLogon) => {
      if (failing.code !== null) throw Object.assign(new Error(failing.code), { code: failing.code });
      sent.push(logon);
    },
  } as unknown as TsAgent;
  const server = new TerminalServer({
    agent,
    blocks: blocksOf([[20_000, 20_000 + (more.blocks ?? 10) * 200 - 1]], 200, []),
    holdMs: 480 * minute,
    state: new StateFile(path),
    ip: more.ip === undefined ? ip : more.ip,
    repeatMs: more.repeatMs ?? minute,
    clock,
    assigned: (session) => assigned.push(session),
    warn: (text) => warned.push(text),
  });
  onTestFinished(() => server.stop());
  const take = (line: object) => server.take(readTerminalLine(JSON.stringify(line)));
  return { server, clock, sent, assigned, warned, failing, take };
}

const bob = { session: 3, domain: 'CORP', user: 'bob' };
const eve = { session: 4, domain: 'CORP', user: 'eve' };

test('a session without ports is assigned some, kept before it is told, and told again each minute', async () => {
  const path = place();
  const { take, sent, assigned, clock, server } = terminal(path);
  await take(bob);
  expect(sent).toEqual([{ ...bob, ip, ports: [[20_000, 20_199]] }]);
  expect(assigned).toEqual([{ ...bob, uid: null, ports: [[20_000, 20_199]] }]);
  expect(JSON.parse(readFileSync(path, 'utf8')).sessions).toEqual([
    { ...bob, uid: null, blocks: [[20_000, 20_199]] },
  ]);
  clock.advance(minute);
  await server.follow([{ ...bob, uid: null }]);
  expect(sent).toHaveLength(2);
});

test('a session that needs more gets a further block, and all are told', async () => {
  const { take, sent } = terminal(place());
  await take(bob);
  await take({ session: 3, more: true });
  expect(sent[1]?.ports).toEqual([[20_000, 20_399]]);
  await expect(take({ session: 9, more: true })).rejects.toThrow('session 9 has no ports');
});

test('a session that is gone is not told again, and its ports stay its own while others are left', async () => {
  const { take, sent, assigned, clock, server } = terminal(place());
  await take(bob);
  await take({ session: 3, gone: true });
  expect(assigned.at(-1)).toEqual({ ...bob, uid: null, ports: [] });
  await take(eve);
  expect(sent[1]?.ports).toEqual([[20_200, 20_399]]);
  clock.advance(minute);
  await server.follow([{ ...eve, uid: null }]);
  expect(sent.map(({ session }) => session)).toEqual([3, 4, 4]);
  await expect(take({ session: 3, gone: true })).rejects.toThrow('session 3 has no ports');
});

test('ports that were given in a line are told once as they are, and need no file', async () => {
  const { take, sent, clock, server } = terminal('/proc/no/such/place/ts-agent.json', { ip: null });
  const line = { ...bob, ip: '10.9.9.9', ports: [[1224, 1423]] };
  await take(line);
  await take({ session: 3, gone: true });
  clock.advance(10 * minute);
  await server.stop();
  expect(sent).toEqual([line]);
});

test('ports given in a line that are assigned to somebody are refused, at another server they are not', async () => {
  const { take, sent } = terminal(place());
  await take(bob);
  const line = { ...eve, ip, ports: [[20_100, 20_110]] };
  await expect(take(line)).rejects.toThrow(
    'ports 20100-20110 belong to session 3 (CORP\\bob), which has 20000-20199',
  );
  await take({ ...line, ip: '10.0.0.61' });
  expect(sent).toHaveLength(2);
});

test('ports given to two sessions are told of, and nobody is assigned ports that were given', async () => {
  const { take, sent, warned } = terminal(place());
  await take({ ...bob, ip, ports: [[20_000, 20_050]] });
  await take({ ...eve, ip, ports: [[20_050, 20_060]] });
  expect(warned).toEqual([
    'ports 20050-20060 of session 4 (CORP\\eve) at 10.0.0.60 were those of session 3 (CORP\\bob) until now: collectors may hold both',
  ]);
  await take({ session: 5, domain: 'CORP', user: 'zed' });
  expect(sent.at(-1)?.ports).toEqual([[20_200, 20_399]]);
});

test('an exhausted pool and an early reuse are told', async () => {
  const { take, warned } = terminal(place(), { blocks: 1, clock: new ManualClock(0) });
  await take(bob);
  await expect(take(eve)).rejects.toThrow('no ports are left for session 4 (CORP\\eve)');
  await take({ session: 3, gone: true });
  await take(eve);
  expect(warned).toEqual([
    'ports 20000-20199 of session 4 (CORP\\eve) were those of session 3 (CORP\\bob) until 1970-01-01T00:00:00.000Z: no block is free for longer, and collectors may still hold the former user',
  ]);
});

test('after a restart a session has its ports again, and one that does not come back is freed', async () => {
  const path = place();
  const before = terminal(path);
  await before.take(bob);
  await before.take(eve);
  await before.take({ session: 4, more: true });
  await before.server.stop();
  const after = terminal(path);
  await after.take({ session: 5, domain: 'CORP', user: 'zed' });
  await after.take(eve);
  expect(after.sent.map(({ ports }) => ports)).toEqual([[[20_600, 20_799]], [[20_200, 20_599]]]);
  after.clock.advance(minute);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    sessions: [{ session: 5 }, { session: 4 }],
    freed: [{ session: 3, block: [20_000, 20_199] }],
  });
});

test('with everybody who is logged on at hand, the new get ports and the gone are freed, over a restart too', async () => {
  const path = place();
  const users = [1001, 1002, 1003].map((uid) => ({ session: uid, uid, domain: 'HOST', user: `u${uid}` }));
  const before = terminal(path);
  await before.server.load();
  await before.server.follow(users.slice(0, 2));
  await before.server.follow(users.slice(1));
  expect(before.assigned.map(({ session, ports }) => [session, ports.length])).toEqual([
    [1001, 1],
    [1002, 1],
    [1001, 0],
    [1003, 1],
  ]);
  await before.server.stop();
  const after = terminal(path);
  await after.server.load();
  await after.server.follow(users.slice(2));
  expect(after.sent.map(({ session, ports }) => [session, ports])).toEqual([[1003, [[20_400, 20_599]]]]);
  expect(JSON.parse(readFileSync(path, 'utf8')).freed).toMatchObject([{ session: 1001 }, { session: 1002 }]);
});

test('a user whose connections take nearly all ports gets more, up to a limit that is told once', async () => {
  const { server, sent, warned } = terminal(place(), { blocks: 20 });
  await server.load();
  await server.follow([{ session: 1001, uid: 1001, domain: 'HOST', user: 'busy' }]);
  await server.watch(new Map([[1001, 159]]));
  expect(sent).toHaveLength(1);
  await server.watch(new Map([[1001, 160]]));
  expect(sent.at(-1)?.ports).toEqual([[20_000, 20_399]]);
  for (let looks = 0; looks < 20; looks++) await server.watch(new Map([[1001, 9999]]));
  expect(sent.at(-1)?.ports).toEqual([[20_000, 23_199]]);
  expect(warned).toEqual([
    'session 1001 (HOST\\busy) uses nearly all of its 3200 ports and gets no more by itself',
  ]);
});

test('a datagram that the system does not take is told once, and is sent with the next repetition', async () => {
  const { server, take, failing, sent, warned, clock } = terminal(place());
  await take(bob);
  failing.code = 'ENETUNREACH';
  for (let times = 0; times < 3; times++) clock.advance(minute);
  await server.watch(new Map());
  expect(warned).toEqual(['sessions were not reported again: ENETUNREACH']);
  failing.code = null;
  clock.advance(minute);
  await server.watch(new Map());
  expect(sent).toHaveLength(2);
});

test('without an address nothing is assigned', async () => {
  await expect(terminal(place(), { ip: null }).take(bob)).rejects.toThrow('give it with --ip');
});

test('a second agent with the same state is refused, until the first has stopped', async () => {
  const path = place();
  const one = terminal(path);
  const other = terminal(path);
  await one.server.load();
  await expect(other.server.load()).rejects.toThrow(`${path} is in use by another TS agent of this machine`);
  await one.server.stop();
  await other.server.load();
});

test('a file that is no state is refused, and stays as it is', async () => {
  const path = place();
  const one = terminal(path);
  await one.take(bob);
  await one.server.stop();
  for (const text of ['nonsense', '{}', '{"version":2,"ip":null,"sessions":[],"freed":[]}']) {
    writeFileSync(path, text);
    const { server } = terminal(path);
    await expect(server.load()).rejects.toThrow(`${path} is not the state of a TS agent: remove it`);
    await server.stop();
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
});

test('a session whose report could not be sent is told again until it is, also where nothing is repeated', async () => {
  const { server, take, failing, sent, clock } = terminal(place(), { repeatMs: 0 });
  const turn = () => server.watch(new Map());
  failing.code = 'ENETUNREACH';
  await expect(take(bob)).rejects.toThrow('ENETUNREACH');
  clock.advance(10_000);
  await turn();
  expect(sent).toEqual([]);
  failing.code = null;
  await take(eve);
  expect(sent).toMatchObject([eve]);
  clock.advance(10_000);
  await turn();
  expect(sent).toMatchObject([eve, bob]);
  clock.advance(minute);
  await turn();
  expect(sent).toHaveLength(2);
});

test('what is gone when its turn comes again is not told', async () => {
  const { server, take, failing, sent, clock } = terminal(place(), { repeatMs: 0 });
  failing.code = 'ENETUNREACH';
  await expect(take(bob)).rejects.toThrow('ENETUNREACH');
  failing.code = null;
  await take({ session: bob.session, gone: true });
  clock.advance(10_000);
  await server.watch(new Map());
  expect(sent).toEqual([]);
});
