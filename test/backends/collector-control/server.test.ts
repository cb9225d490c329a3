import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  collectorControlLimits,
  readStreamLine,
  type StreamLine,
  statusDocument,
} from '../../../src/backends/collector-control/protocol.ts';
import { serveCollectorControl } from '../../../src/backends/collector-control/server.ts';
import { DirectoryError } from '../../../src/backends/control/directory.ts';
import type { CollectorOptions } from '../../../src/fsso/collector/collector-options.ts';
import { type PollTarget, pollingFeed } from '../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { askControl } from '../../support/control-request.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-collector-control-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function served({ write = false, ...options }: Partial<CollectorOptions> & { write?: boolean } = {}) {
  const running = await runningCollector(options);
  const path = join(directory, 'collector.sock');
  const { collector, clock } = running;
  const control = await serveCollectorControl({ path, collector, guard: new WriteGuard(write), clock });
  onTestFinished(() => control.stop());
  const entries = (count: number) => vi.waitFor(() => expect(collector.status.entries).toBe(count), patience);
  return { ...running, path, control, entries, ask: askControl.bind(null, path) };
}

/** Follows a stream; its lines as they have come so far. */
function follow(socketPath: string, path: string) {
  const lines: StreamLine[] = [];
  const raw: string[] = [];
  const state = { ended: false };
  const sent = request({ socketPath, path, agent: false }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      rest += piece;
      const whole = rest.split('\n');
      rest = whole.pop() ?? '';
      raw.push(...whole);
      for (const line of whole) {
        const understood = readStreamLine(JSON.parse(line));
        if (understood === null) throw new Error(`not understood: ${line}`);
        lines.push(understood);
      }
    });
    response.on('close', () => {
      state.ended = true;
    });
    response.on('error', () => {});
  });
  sent.on('error', () => {});
  sent.end();
  onTestFinished(() => void sent.destroy());
  return { lines, raw, state };
}

test('only its owner can open the socket, and it goes with the collector', async () => {
  const { path, control } = await served();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await control.stop();
  expect(existsSync(path)).toBe(false);
});

test('the status is one document, and each of its parts has a path of its own', async () => {
  const { ask, logon, entries, online } = await served();
  await online();
  await logon({ ip: '10.0.0.1' });
  await entries(1);
  const { status, type, document } = await ask('/status');
  expect({ status, type }).toEqual({ status: 200, type: 'application/json' });
  expect(statusDocument.parse(document)).toEqual(document);
  expect(document.health).toMatchObject({
    entries: 1,
    fortigates: 1,
    agents: 1,
    silentAgents: 0,
    write: false,
  });
  expect((await ask('/health')).document).toEqual(document.health);
  expect((await ask('/fortigates')).document).toMatchObject({
    total: 1,
    fortigates: [{ identity: 'FGVM010000000001-root', state: 'established' }],
  });
  expect((await ask('/agents')).document).toMatchObject({
    total: 1,
    agents: [{ feed: 'agents', address: '127.0.0.1', logons: 1, state: 'ok' }],
  });
  expect((await ask('/queues')).document.queues).toContainEqual({
    name: 'address',
    length: 0,
    oldestMs: null,
  });
  for (const path of ['/feeds', '/domain-controllers', '/directories', '/dns'])
    expect((await ask(path)).status, path).toBe(200);
});

test('logons come in pages in the order of their addresses, and a filter is the query language', async () => {
  const { ask, logon, entries } = await served({ groups: { 'CORP\\bob': ['CORP/SALES'] } });
  for (const [ip, user] of [
    ['10.0.0.10', 'alice'],
    ['10.0.0.9', 'bob'],
    ['10.0.0.100', 'carol'],
  ] as const)
    await logon({ ip, user });
  await entries(3);
  const { document: first } = await ask('/logons?limit=2');
  expect(first.logons.map(({ ip }: { ip: string }) => ip)).toEqual(['10.0.0.9', '10.0.0.10']);
  expect(first).toMatchObject({ total: 3, next: '10.0.0.10/0' });
  const { document: second } = await ask(`/logons?limit=2&after=${first.next}`);
  expect(second).toMatchObject({ total: 3, next: null, logons: [{ user: 'carol' }] });
  const filter = encodeURIComponent('group:sales or ip:10.0.0.100');
  const { document: chosen } = await ask(`/logons?filter=${filter}`);
  expect(chosen.logons.map(({ user }: { user: string }) => user)).toEqual(['bob', 'carol']);
  expect(chosen.logons[0]).toMatchObject({ groups: ['CORP/SALES'], agent: '127.0.0.1', feed: 'dc-agent' });
});

test.each([
  ['/logons?filter=nobody:x', 'there is no field "nobody:"'],
  ['/logons?limit=0', 'limit: found 0, expected a whole number from 1 to 10000'],
  ['/logons?limit=many', 'limit: found many'],
  ['/logons?after=x', 'after: found x'],
  ['/logons?page=2', 'there is no parameter page'],
])('%s is refused in words', async (path, words) => {
  const { ask } = await served();
  const { status, document } = await ask(path);
  expect(status).toBe(400);
  expect(document.problem.message).toContain(words);
});

test('a path that is not there names those that are, and no name of an object is one', async () => {
  const { ask } = await served();
  expect((await ask('/logon')).document.problem.message).toContain('/logons');
  for (const path of ['/constructor', '/__proto__', '/', '//x'])
    expect((await ask(path)).status, path).toBeGreaterThanOrEqual(400);
  expect(await ask('/health', { method: 'POST' })).toMatchObject({ status: 405 });
});

test('hostile names reach nobody in a form that acts on a terminal', async () => {
  const { ask, logon, entries, path } = await served();
  await logon({ user: 'a\u001b[2Jb\u009b\u202ec' });
  await entries(1);
  const { document } = await ask('/logons');
  expect(document.logons[0].user).toBe('a\u001b[2Jb\u009b\u202ec');
  const { raw } = follow(path, '/watch');
  await vi.waitFor(() => expect(raw.length).toBeGreaterThanOrEqual(3), patience);
  for (const line of raw) expect(line).toMatch(/^[\x20-\x7e]*$/);
});

test('a watch brings every entry, then each change once it is there, and the status now and then', async () => {
  const { path, logon, entries, clock, collector } = await served();
  await logon({ ip: '10.0.0.1' });
  await entries(1);
  const { lines } = follow(path, '/watch');
  await vi.waitFor(() => expect(lines.map(({ kind }) => kind)).toContain('complete'), patience);
  expect(lines.map(({ kind }) => kind)).toEqual(['status', 'logons', 'complete']);
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await logon({ ip: '10.0.0.2', user: 'carol' });
  await entries(2);
  await vi.waitFor(() => expect(collector.entries()[1]?.user).toBe('carol'), patience);
  clock.advance(collectorControlLimits.gather);
  await vi.waitFor(() => expect(lines).toHaveLength(4), patience);
  // Bob was gone again before he was told of.
  expect(lines[3]).toMatchObject({ kind: 'logons', logons: [{ ip: '10.0.0.2', user: 'carol' }] });
  collector.endEntry('10.0.0.1', 0);
  clock.advance(collectorControlLimits.gather);
  await vi.waitFor(() => expect(lines).toHaveLength(5), patience);
  expect(lines[4]).toEqual({ kind: 'logoff', ip: '10.0.0.1', session: 0 });
  clock.advance(collectorControlLimits.status);
  await vi.waitFor(() => expect(lines.filter(({ kind }) => kind === 'status')).toHaveLength(2), patience);
});

test('events are the lines of the log, and what is not read in time is counted', async () => {
  const { path, logon, clock, collector, entries } = await served();
  const { lines } = follow(path, '/events');
  const other = await askControl(path, '/health');
  expect(other.status).toBe(200);
  await logon({ ip: '10.0.0.1' });
  await entries(1);
  clock.advance(collectorControlLimits.gather);
  await vi.waitFor(
    () => expect(lines).toContainEqual(expect.objectContaining({ kind: 'event', msg: 'logon' })),
    patience,
  );
  for (let count = 0; count < collectorControlLimits.waitingLines + 5; count += 1) {
    // Each is a line, and none is sent before the clock moves.
    collector.endEntry('10.0.0.1', 0);
    await logon({ ip: '10.0.0.1' });
    if (count % 50 === 49) await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  }
  await entries(1);
  clock.advance(collectorControlLimits.gather);
  await vi.waitFor(() => expect(lines.some(({ kind }) => kind === 'lost')).toBe(true), patience);
});

test('without --write nothing is changed, and with it a logon ends and a FortiGate is let go', async () => {
  const readOnly = await served();
  await readOnly.logon();
  await readOnly.entries(1);
  const body = '{"ip":"10.0.0.1"}';
  const refused = await readOnly.ask('/logons/end', { method: 'POST', body });
  expect(refused.status).toBe(403);
  expect(refused.document.problem.message).toContain('read-only without --write');
  expect(readOnly.collector.status.entries).toBe(1);
  await readOnly.control.stop();

  const { ask, logon, entries, online, collector } = await served({ write: true });
  await logon();
  await entries(1);
  expect(await ask('/logons/end', { method: 'POST', body: '{"ip":"10.0.0.1","session":3}' })).toMatchObject({
    status: 404,
  });
  expect(await ask('/logons/end', { method: 'POST', body })).toMatchObject({
    status: 200,
    document: { done: 1 },
  });
  expect(collector.status.entries).toBe(0);
  await online();
  const fortigate = '{"fortigate":"fgvm010000000001-ROOT"}';
  expect(await ask('/fortigates/disconnect', { method: 'POST', body: fortigate })).toMatchObject({
    document: { done: 1 },
  });
  await vi.waitFor(() => expect(collector.status.fortigates).toHaveLength(0), patience);
  expect((await ask('/fortigates/disconnect', { method: 'POST', body: fortigate })).status).toBe(404);
  for (const wrong of ['', '{', '[]', '{"ip":1}', '{"ip":"10.0.0.1","more":1}'])
    expect((await ask('/logons/end', { method: 'POST', body: wrong })).status, wrong).toBe(400);
  const long = JSON.stringify({ ip: 'x'.repeat(collectorControlLimits.body) });
  expect((await ask('/logons/end', { method: 'POST', body: long })).status).toBe(400);
  expect((await ask('/logons/end')).status).toBe(405);
});

test('the period of polling is changed only with --write, and shows in the status', async () => {
  const body = '{"seconds":3}';
  const change = (ask: Awaited<ReturnType<typeof served>>['ask'], text = body) =>
    ask('/polling/period', { method: 'POST', body: text });
  const readOnly = await served();
  expect((await change(readOnly.ask)).status).toBe(403);
  await readOnly.control.stop();
  const nobody = await served({ write: true });
  expect((await change(nobody.ask)).status).toBe(404);
  await nobody.control.stop();
  const target: PollTarget = {
    ...{ name: 'dc1', mode: 'event-log', log: 'Security', domain: 'CORP', ids: [4768] },
    ...{ account: 'CORP\\svc-fsso', seconds: null },
    open: async () => new ScriptedLink(() => 0, new ScriptedLog()),
  };
  const { ask } = await served({
    write: true,
    feeds: [
      pollingFeed({
        ...{ targets: [target], domains: [], exchange: [], bookmarks: null, historyMs: 0, atOnce: 1 },
        pace: { seconds: null, periods: [] },
      }),
    ],
  });
  const polled = async () => statusDocument.parse((await ask('/status')).document).feeds[0]?.polled;
  expect(await polled()).toMatchObject([{ name: 'dc1', state: 'waiting', periodMs: 10_000 }]);
  expect(await change(ask)).toMatchObject({ status: 200, document: { done: 1 } });
  expect(await polled()).toMatchObject([{ periodMs: 3000 }]);
  expect(await change(ask, '{"seconds":null}')).toMatchObject({ status: 200 });
  expect(await polled()).toMatchObject([{ periodMs: 10_000 }]);
  for (const wrong of ['{}', '{"seconds":0}', '{"seconds":61}', '{"seconds":"3"}'])
    expect((await change(ask, wrong)).status, wrong).toBe(400);
});

test('groups are forgotten and looked up only with --write, and only where a directory is asked', async () => {
  const readOnly = await served();
  expect((await readOnly.ask('/groups/clear', { method: 'POST' })).status).toBe(403);
  expect((await readOnly.ask('/groups/renew', { method: 'POST' })).status).toBe(403);
  await readOnly.control.stop();
  const without = await served({ write: true });
  expect(await without.ask('/groups/clear', { method: 'POST' })).toMatchObject({
    status: 409,
    document: { problem: { message: 'this collector asks no directory for groups' } },
  });
  await without.control.stop();
  const directories = { make: () => [], keptMs: 0, intervalMs: 0, followsTrusts: false };
  const { ask } = await served({ write: true, directories });
  expect(await ask('/groups/clear', { method: 'POST', body: '{"user":"CORP\\\\anna"}' })).toMatchObject({
    document: { done: 0 },
  });
  expect(await ask('/groups/renew', { method: 'POST' })).toMatchObject({ document: { done: 0 } });
  expect((await ask('/groups/renew', { method: 'POST', body: '{"user":""}' })).status).toBe(400);
});

test('a reload is the business of who reads the configuration, and says why it was not taken up', async () => {
  const { collector, clock } = await runningCollector();
  const answers = [null, 'config.yaml:1:1: not valid YAML'];
  const path = join(directory, 'reload.sock');
  const control = await serveCollectorControl({
    path,
    collector,
    reload: async () => answers.shift() ?? null,
    guard: new WriteGuard(true),
    clock,
  });
  onTestFinished(() => control.stop());
  expect(await askControl(path, '/reload', { method: 'POST' })).toMatchObject({ status: 200 });
  const refused = await askControl(path, '/reload', { method: 'POST' });
  expect(refused).toMatchObject({ status: 409 });
  expect(refused.document.problem.message).toContain('not valid YAML');
});

test('no more streams are opened than are allowed', async () => {
  const { path, ask } = await served();
  const open = Array.from({ length: collectorControlLimits.streams }, () => follow(path, '/watch'));
  for (const { lines } of open) await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), patience);
  expect(await ask('/watch')).toMatchObject({ status: 503 });
});

test('the socket of a collector that was killed is replaced, that of one that runs is not', async () => {
  const { path, collector, clock } = await served();
  const again = () => serveCollectorControl({ path, collector, guard: new WriteGuard(false), clock });
  await expect(again()).rejects.toThrow('is in use');
  const stale = join(directory, 'stale.sock');
  const server = createServer().listen(stale);
  await new Promise((listening) => server.once('listening', listening));
  // As a process that is killed leaves it: the socket stays, and nobody listens.
  const kept = join(directory, 'kept.sock');
  linkSync(stale, kept);
  await new Promise<void>((closed) => server.close(() => closed()));
  expect(existsSync(kept)).toBe(true);
  const replaced = await serveCollectorControl({
    path: kept,
    collector,
    guard: new WriteGuard(false),
    clock,
  });
  expect((await askControl(kept, '/health')).status).toBe(200);
  await replaced.stop();
});

test('a place where the socket would not be safe is refused', async () => {
  const { collector, clock } = await runningCollector();
  const at = (path: string) =>
    serveCollectorControl({ path, collector, guard: new WriteGuard(false), clock });
  const open = join(directory, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await expect(at(join(open, 'c.sock'))).rejects.toThrow(DirectoryError);
  const file = join(directory, 'file');
  writeFileSync(file, 'kept');
  await expect(at(file)).rejects.toThrow('no socket');
  expect(existsSync(file)).toBe(true);
  await expect(at(join(directory, 'x'.repeat(103)))).rejects.toThrow('too long');
  await expect(at(join(file, 'c.sock'))).rejects.toThrow(DirectoryError);
});
