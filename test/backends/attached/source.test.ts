import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { connect, createServer as createRelay } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { attachedActions } from '../../../src/backends/attached/actions.ts';
import { createAttachedSource } from '../../../src/backends/attached/source.ts';
import { attachedTargets } from '../../../src/backends/attached/targets.ts';
import { serveCollectorControl } from '../../../src/backends/collector-control/server.ts';
import { systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { ComponentRow, EntryRow, StoreChange } from '../../../src/state/changes.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-attached-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A collector with a control socket, on the machine's clock: streams look at it four times a second. */
async function served({ write = false } = {}) {
  const running = await runningCollector({ clock: systemClock });
  const path = join(directory, 'collector.sock');
  const control = await serveCollectorControl({
    path,
    collector: running.collector,
    guard: new WriteGuard(write),
    clock: systemClock,
  });
  onTestFinished(() => control.stop());
  return { ...running, path, control };
}

/** What a source tells the stores, as rows. */
function attach(socket: string, clock = systemClock) {
  const source = createAttachedSource({ name: 'main', socket }, clock);
  const entries = new Map<string, EntryRow>();
  const components = new Map<string, ComponentRow>();
  const events: string[] = [];
  source.start((change: StoreChange) => {
    if (change.table === 'entries') {
      if (change.op === 'put') entries.set(change.row.id, change.row);
      else entries.delete(change.id);
    } else if (change.table === 'components') {
      if (change.op === 'put') components.set(change.row.id, change.row);
      else components.delete(change.id);
    } else if (change.table === 'events') events.push(`${change.row.source}: ${change.row.text}`);
  });
  onTestFinished(() => source.stop());
  const own = () => components.get('main|collector|main');
  const isIn = (state: ComponentRow['state']) => vi.waitFor(() => expect(own()?.state).toBe(state), patience);
  return { source, entries, components, events, own, isIn };
}

test('entries, components and events of a collector come live', async () => {
  const { path, logon, collector, online } = await served();
  // The clock of the agent is that of the machine here.
  await logon({ ip: '10.0.0.1', user: 'anna', time: Math.floor(systemClock.now() / 1000) });
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  const { source, entries, components, events, isIn } = attach(path);
  await isIn('connected');
  await vi.waitFor(() => expect(source.complete).toBe(true), patience);
  expect(entries.get('main|10.0.0.1|0')).toMatchObject({ user: 'anna', agent: '127.0.0.1', status: 'ok' });
  expect(components.get('main|agent|127.0.0.1')).toMatchObject({ kind: 'agent', state: 'ok' });
  await logon({ ip: '10.0.0.2', user: 'bob', time: Math.floor(systemClock.now() / 1000) });
  await online();
  await vi.waitFor(() => expect(entries.size).toBe(2), patience);
  collector.endEntry('10.0.0.1', 0);
  await vi.waitFor(() => expect([...entries.keys()]).toEqual(['main|10.0.0.2|0']), patience);
  await vi.waitFor(
    () => expect([...components.values()].map(({ kind }) => kind)).toContain('fortigate'),
    patience,
  );
  expect(events).toContainEqual(expect.stringMatching(/^main: fortigate accepted: /));
});

test('a collector that goes away is said to be away, with what to do, and is attached to again when it is back', async () => {
  const { path, control, collector, logon } = await served();
  await logon();
  const { entries, components, events, own, isIn } = attach(path);
  await isIn('connected');
  await vi.waitFor(() => expect(entries.size).toBe(1), patience);
  await control.stop();
  await isIn('away');
  expect(entries.size).toBe(0);
  expect(components.size).toBe(1);
  expect(own()?.problem?.message).toContain('cannot be reached');
  expect(own()?.nextTryAt).toBeGreaterThan(0);
  expect(events.filter((text) => text.includes('the collector is away'))).toHaveLength(1);
  const again = await serveCollectorControl({
    path,
    collector,
    guard: new WriteGuard(false),
    clock: systemClock,
  });
  onTestFinished(() => again.stop());
  await isIn('connected');
  await vi.waitFor(() => expect(entries.size).toBe(1), patience);
});

test('the waits between two tries grow to half a minute, and a person need not wait', async () => {
  const clock = new ManualClock();
  const { source, own, isIn } = attach(join(directory, 'nobody.sock'), clock);
  const waits: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    await isIn('away');
    waits.push((own()?.nextTryAt ?? 0) - clock.now());
    clock.advance(waits.at(-1) ?? 0);
    await vi.waitFor(
      () => expect(own()?.state === 'connecting' || (own()?.nextTryAt ?? 0) > clock.now()).toBe(true),
      patience,
    );
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  await isIn('away');
  expect(own()?.problem).toMatchObject({ code: 'ENOENT' });
  expect(await source.refresh()).toMatchObject({ ok: false, problem: { code: 'ENOENT' } });
});

test('a forwarded socket, as ssh -L makes one, is as good as the socket itself', async () => {
  const { path, logon } = await served();
  const near = join(directory, 'near.sock');
  const relay = createRelay((socket) => {
    const far = connect(path);
    socket.pipe(far).pipe(socket);
    for (const end of [socket, far]) end.on('error', () => {});
  }).listen(near);
  onTestFinished(() => void relay.close());
  await new Promise((listening) => relay.once('listening', listening));
  await logon();
  const { entries, isIn } = attach(near);
  await isIn('connected');
  await vi.waitFor(() => expect(entries.size).toBe(1), patience);
});

/** Something that is no collector. */
async function impostor(listener: RequestListener): Promise<string> {
  const path = join(directory, 'impostor.sock');
  const server = createServer(listener).listen(path);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((listening) => server.once('listening', listening));
  return path;
}

test.each<[string, RequestListener]>([
  ['no JSON', (_, response) => void response.end('hello\n')],
  ['another kind of line', (_, response) => void response.end('{"kind":"other"}\n')],
  [
    'a logon without an address',
    (_, response) => void response.end('{"kind":"logon","logon":{"user":"x"}}\n'),
  ],
  ['another status', (_, response) => void response.writeHead(404).end('nothing here')],
])('%s is not taken for a collector', async (_, listener) => {
  const { own, isIn, entries } = attach(await impostor(listener));
  await isIn('away');
  expect(own()?.problem?.message).toBe('what answers is not understood');
  expect(entries.size).toBe(0);
});

test('a line that never ends is cut off, and a collector that says nothing more is given up', async () => {
  const endless = await impostor((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(1024 * 1024))) {}
    };
    response.on('drain', more);
    more();
  });
  const { isIn } = attach(endless);
  await isIn('away');

  const clock = new ManualClock();
  const opened = Promise.withResolvers<void>();
  rmSync(endless, { force: true });
  const mute = join(directory, 'mute.sock');
  const server = createServer((_, response) => {
    response.flushHeaders();
    opened.resolve();
  }).listen(mute);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((listening) => server.once('listening', listening));
  const silent = attach(mute, clock);
  await opened.promise;
  // Until the head of the answer has been read, its own limit holds.
  await vi.waitFor(() => {
    clock.advance(1_000);
    expect(silent.own()?.state).toBe('away');
  }, patience);
});

test('what changes a collector needs --write on both sides', async () => {
  const { path, logon, collector, online, control } = await served({ write: true });
  await logon();
  await online();
  const { source, entries, components, isIn } = attach(path);
  await isIn('connected');
  await vi.waitFor(() => expect([entries.size, components.size]).toEqual([1, expect.any(Number)]), patience);
  const collectors = new Map([['main', source]]);
  const readOnly = attachedActions(collectors, new WriteGuard(false));
  expect(await readOnly.endEntry('main|10.0.0.1|0')).toMatchObject({
    ok: false,
    problem: { stage: 'read-only' },
  });
  expect(collector.status.entries).toBe(1);
  const actions = attachedActions(collectors, new WriteGuard(true));
  expect(await actions.endEntry('main|10.0.0.1|0')).toMatchObject({ ok: true });
  expect(collector.status.entries).toBe(0);
  await vi.waitFor(
    () => expect([...components.values()].some(({ kind }) => kind === 'fortigate')).toBe(true),
    patience,
  );
  const fortigate = [...components.values()].find(({ kind }) => kind === 'fortigate')?.id ?? '';
  expect(await actions.disconnectFortigate(fortigate)).toMatchObject({ ok: true });
  await vi.waitFor(() => expect(collector.status.fortigates).toHaveLength(0), patience);
  expect(await actions.endEntry('main|10.9.9.9|0')).toMatchObject({ ok: false });
  expect(await readOnly.clearGroups('main', null)).toMatchObject({
    ok: false,
    problem: { stage: 'read-only' },
  });
  expect(await readOnly.setPollPeriod('main', 3)).toMatchObject({ problem: { stage: 'read-only' } });
  // This collector polls nobody, and asks no directory.
  expect(await actions.setPollPeriod('main', 3)).toMatchObject({ ok: false, problem: { code: 404 } });
  expect(await actions.renewGroups('main', 'CORP\\anna')).toMatchObject({
    ok: false,
    problem: { code: 409 },
  });
  await control.stop();
  const again = await serveCollectorControl({
    path,
    collector,
    guard: new WriteGuard(false),
    clock: systemClock,
  });
  onTestFinished(() => again.stop());
  await logon();
  await isIn('connected');
  await vi.waitFor(() => expect(entries.size).toBe(1), patience);
  expect(await actions.endEntry('main|10.0.0.1|0')).toMatchObject({ ok: false, problem: { code: 403 } });
});

test('sockets of the command line stand beside those of the configuration, and none is attached to twice', () => {
  const config = parseConfig(
    'collector-control: [ { name: main, socket: run/c.sock }, { name: b, socket: /run/b.sock } ]\n',
    'x',
  );
  expect(
    attachedTargets({ config, directory: '/etc/f' }, ['/etc/f/run/c.sock', '/x/b.sock', '/x/d.sock']),
  ).toEqual([
    { name: 'main', socket: '/etc/f/run/c.sock' },
    { name: 'b', socket: '/run/b.sock' },
    { name: '/x/b.sock', socket: '/x/b.sock' },
    { name: 'd', socket: '/x/d.sock' },
  ]);
  expect(() =>
    parseConfig('collector-control: [ { name: a, socket: x }, { name: a, socket: y } ]\n', 'x'),
  ).toThrow('names must differ');
});
