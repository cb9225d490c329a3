import { expect, test, vi } from 'vitest';
import { createFssoSource, fssoActions } from '../../src/backends/fsso-connector.ts';
import type { FssoSetup } from '../../src/backends/fsso-setup.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { logon } from '../support/fake-network.ts';
import { fssoEntry } from '../support/fsso-entry.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 10_000, interval: 5 };

function setup(...servers: { port: number; password?: string | null }[]): FssoSetup {
  return {
    config: fssoEntry({ name: 'corp', servers: servers.map(({ port }) => ({ server: '127.0.0.1', port })) }),
    identity: 'FGVM010000000001-root',
    passwords: servers.map(({ password }) => password ?? null),
    ca: [],
  };
}

function start(given: FssoSetup) {
  const clock = new ManualClock();
  const changes: StoreChange[] = [];
  const source = createFssoSource(given, clock);
  source.start((change) => changes.push(change));
  const rows = (table: 'logons' | 'collectors') => {
    const byId = new Map<string, unknown>();
    for (const change of changes) {
      if (change.table !== table) continue;
      if (change.op === 'put') byId.set(change.row.id, change.row);
      else byId.delete(change.id);
    }
    return [...byId.values()];
  };
  const events = () =>
    changes.flatMap((change) =>
      change.table === 'events' ? [`${change.row.logId} ${change.row.text}`] : [],
    );
  return { clock, changes, source, rows, events, [Symbol.asyncDispose]: () => source.stop() };
}

const anna = logon({ ip: '10.0.0.1', user: 'ANNA', groups: 'CORP/SALES+CORP/IT', logonTime: 1000 });

test('a logon becomes a row, its groups apart and its times in milliseconds', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start(setup({ port: collector.port }));
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  expect(gate.rows('logons')).toMatchObject([
    {
      id: 'corp|10.0.0.1|0',
      connector: 'corp',
      server: `127.0.0.1:${collector.port}`,
      ip: '10.0.0.1',
      session: 0,
      user: 'ANNA',
      domain: 'CORP',
      workstation: 'PC-1',
      groups: ['CORP/SALES', 'CORP/IT'],
      logonTime: 1_000_000,
      receivedAt: gate.clock.now(),
      portRanges: [],
      stale: false,
      expiresAt: null,
      before: null,
      overlaps: [],
    },
  ]);
});

test('logons and logoffs that happen are events with their log ids, those of a list are one line', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start(setup({ port: collector.port }));
  const server = `127.0.0.1:${collector.port}`;
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  collector.event({ ...anna, user: 'B\u001b[2JOB' });
  collector.event({ ...anna, user: 'B\u001b[2JOB', loggedOn: false });
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(0), patience);
  expect(gate.events()).toEqual([
    `43050 FSSO server connected: ${server}, FSSO 5.0.0278`,
    `null list of ${server} is complete: 1 logons, 1 new, 0 gone`,
    `43015 FSSO-logoff event from corp: user ANNA logged off 10.0.0.1 (replaced by B\\x1b[2JOB, reported by ${server})`,
    '43014 FSSO-logon event from corp: user B\\x1b[2JOB logged on 10.0.0.1',
    '43015 FSSO-logoff event from corp: user B\\x1b[2JOB logged off 10.0.0.1',
  ]);
});

test('every configured collector has a row from the start, and what was last seen of it stays', async () => {
  await using refusing = await ScriptedCollector.listen({ password: 'secret', banner: 'FSSO 5.0.0301' });
  await using serving = await ScriptedCollector.listen({ logons: [anna] });
  await using idle = await ScriptedCollector.listen();
  await using gate = start(
    setup({ port: refusing.port, password: 'wrong' }, { port: serving.port }, { port: idle.port }),
  );
  expect(gate.rows('collectors')).toHaveLength(3);
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  gate.clock.advance(1000);
  expect(gate.rows('collectors')).toEqual([
    expect.objectContaining({
      id: `corp|127.0.0.1:${refusing.port}`,
      position: 1,
      active: false,
      state: 'refused',
      version: 'FSSO 5.0.0301',
      problem: expect.objectContaining({ stage: 'authentication' }),
    }),
    expect.objectContaining({ position: 2, active: true, state: 'online', logons: 1, problem: null }),
    expect.objectContaining({ position: 3, active: false, state: 'standby', version: null }),
  ]);
  expect(idle.connections).toBe(0);
});

test('a lost link marks its logons and is an event', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start(setup({ port: collector.port }));
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  await collector.stop();
  await vi.waitFor(
    () =>
      expect(gate.rows('logons')).toEqual([
        expect.objectContaining({ stale: true, expiresAt: gate.clock.now() + 300_000 }),
      ]),
    patience,
  );
  expect(gate.events().at(-1)).toMatch(/^43051 FSSO server disconnected: .*; 1 logons kept for now$/);
});

test('one user is cleared by a filter of FortiOS, a query or his row, and the others stay', async () => {
  const bob = logon({ ip: '10.0.0.2', user: 'BOB', groups: 'CORP/IT' });
  const carl = logon({ ip: '10.0.0.3', user: 'CARL' });
  await using collector = await ScriptedCollector.listen({ logons: [anna, bob, carl] });
  await using gate = start(setup({ port: collector.port }));
  const actions = fssoActions([gate.source]);
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(3), patience);
  const users = () => gate.rows('logons').map((row) => (row as { user: string }).user);
  expect(await actions.countLogons({ group: 'corp/it' })).toEqual({ ok: true, counts: [['corp', 2]] });
  expect(await actions.countLogons({ filter: 'user:nobody' })).toEqual({ ok: true, counts: [] });
  expect(users()).toHaveLength(3);
  expect(await actions.clearLogons('corp', { user: 'CORP\\bob' })).toMatchObject({
    ok: true,
    message: '1 logon of corp cleared; it returns by events or a refresh',
  });
  expect(users()).toEqual(['ANNA', 'CARL']);
  // Meanwhile another user came to the address that was chosen.
  const gone = { ip: '10.0.0.1', session: 0, user: 'BOB', domain: 'CORP' };
  expect(await actions.clearLogons('corp', { logon: gone })).toMatchObject({
    message: '0 logons of corp cleared; they return by events or a refresh',
  });
  expect(await actions.clearLogons('corp', { logon: { ...gone, user: 'ANNA' } })).toMatchObject({ ok: true });
  expect(users()).toEqual(['CARL']);
  expect(await actions.clearLogons('corp', { filter: 'user:' })).toMatchObject({ ok: false });
  expect(await actions.clearLogons('corp', { source: 'here' })).toMatchObject({
    ok: false,
    problem: { stage: 'filter' },
  });
  expect(users()).toEqual(['CARL']);
});

test('who waits for the logons is told when their list is complete, or why it is not', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start(setup({ port: collector.port }));
  expect(await gate.source.awaitLogons(1000)).toMatchObject({
    ok: false,
    problem: { message: 'no collector is connected' },
  });
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  await vi.waitFor(() => {
    gate.clock.advance(100);
    expect(gate.events().at(-1)).toContain('is complete');
  }, patience);
  const asked = gate.source.awaitLogons(60_000);
  const ended = vi.fn();
  void asked.then(ended);
  await vi.waitFor(() => {
    gate.clock.advance(100);
    expect(ended).toHaveBeenCalled();
  }, patience);
  expect(await asked).toEqual({
    ok: true,
    server: `127.0.0.1:${collector.port}`,
    records: 1,
    added: 0,
    removed: 0,
  });
  const late = gate.source.awaitLogons(50);
  gate.clock.advance(50);
  expect(await late).toMatchObject({
    ok: false,
    problem: { message: 'no complete list came within 0.05 s' },
  });
  const lost = gate.source.awaitLogons(60_000);
  await collector.stop();
  expect(await lost).toMatchObject({ ok: false, problem: { stage: 'logons' } });
});

test('the actions reach the connector that they name, and say how it went', async () => {
  await using first = await ScriptedCollector.listen({ password: 'secret' });
  await using second = await ScriptedCollector.listen({ logons: [anna] });
  await using gate = start(setup({ port: first.port, password: 'wrong' }, { port: second.port }));
  const actions = fssoActions([gate.source]);
  expect(await actions.refreshLogons('corp')).toMatchObject({
    ok: false,
    problem: { message: 'no collector is connected' },
  });
  expect(await actions.clearLogons('elsewhere')).toMatchObject({ ok: false });
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  expect(await actions.clearLogons('corp')).toMatchObject({ ok: true });
  expect(gate.rows('logons')).toEqual([]);
  expect(await actions.refreshLogons('corp')).toEqual({
    ok: true,
    message: `127.0.0.1:${second.port} was asked for all its logons`,
  });
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  expect(await actions.failBack('corp')).toEqual({
    ok: true,
    message: `corp begins again at 127.0.0.1:${first.port}`,
  });
  await vi.waitFor(() => expect(first.connections).toBe(2), patience);
});

test('a stopped source is silent', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [anna] });
  const gate = start(setup({ port: collector.port }));
  await vi.waitFor(() => expect(gate.rows('logons')).toHaveLength(1), patience);
  await gate.source.stop();
  gate.changes.length = 0;
  gate.clock.advance(3_600_000);
  expect(gate.changes).toEqual([]);
  expect(gate.clock.waiting).toBe(0);
});
