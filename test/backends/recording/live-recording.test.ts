import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFssoSource } from '../../../src/backends/fsso-connector.ts';
import { LiveRecording } from '../../../src/backends/recording/live-recording.ts';
import { Player } from '../../../src/backends/recording/player.ts';
import { readRecording } from '../../../src/backends/recording/reader.ts';
import { LinkTraffic } from '../../../src/fsso/gate/traffic.ts';
import { encodeEvent } from '../../../src/fsso/wire/messages.ts';
import { createStores, type Stores } from '../../../src/state/stores.ts';
import { toldRows } from '../../../src/state/told-rows.ts';
import { logon } from '../../support/fake-network.ts';
import { fssoEntry } from '../../support/fsso-entry.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { connector, logon as row } from '../../support/rows.ts';
import { ScriptedCollector } from '../../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000, interval: 5 };
const password = 'a-very-secret-1';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-live-recording-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A dashboard without its screens: a connector whose first collector is down, and whatever else is told. */
async function running(options: { mostMegabytes?: number } = {}) {
  const clock = new ManualClock();
  const traffic = new LinkTraffic();
  const recording = new LiveRecording({ clock, traffic, redactNames: false, mostMegabytes: 10, ...options });
  const collector = await ScriptedCollector.listen({
    password,
    logons: [logon({ ip: '10.0.0.1', user: 'ANNA' }), logon({ ip: '10.0.0.2', user: 'BERT' })],
  });
  const down = await ScriptedCollector.listen({ password, logons: [] });
  const { port: closed } = down;
  await down[Symbol.asyncDispose]();
  const servers = [
    { server: '127.0.0.1', port: closed },
    { server: '127.0.0.1', port: collector.port },
  ];
  const source = createFssoSource(
    {
      config: fssoEntry({ name: 'corp', servers }),
      identity: 'FGVM010000000001-root',
      passwords: [password, password],
      ca: [],
    },
    clock,
    { watch: { traffic, recorder: recording } },
  );
  const stores = createStores(clock);
  recording.attach(() => toldRows(stores));
  recording.start(stores.apply);
  source.start(stores.apply);
  const users = () => usersOf(stores);
  await vi.waitFor(() => expect(users()).toEqual(['ANNA', 'BERT']), patience);
  const stop = async () => {
    await source.stop();
    await collector[Symbol.asyncDispose]();
  };
  return { clock, traffic, recording, collector, stores, users, stop };
}

function usersOf(stores: Stores): string[] {
  stores.flush();
  return [...stores.logons.values()].map((each) => each.user).toSorted();
}

async function play(path: string) {
  const recording = await readRecording(path);
  const player = new Player({
    recording,
    clock: new ManualClock(Date.UTC(2031, 0, 1)),
    traffic: new LinkTraffic(),
    speed: 1,
  });
  const stores = createStores(player.clock);
  player.start(stores.apply);
  return { recording, player, stores };
}

test('a recording that begins in the middle begins with where everything stands, and goes on with what comes', async () => {
  const { recording, clock, collector, stores, users, stop } = await running();
  stores.apply(connector({ name: 'hq' }));
  stores.flush();
  const path = join(directory, 'middle.rec');
  expect(recording.file).toBeNull();
  const began = await recording.record(path, false);
  expect(began).toMatchObject({ ok: true });
  expect(recording.file).toBe(path);
  clock.advance(2_000);
  collector.event(logon({ ip: '10.0.0.3', user: 'CARL' }));
  await vi.waitFor(() => expect(users()).toContain('CARL'), patience);
  const ended = await recording.end();
  expect(ended.ok && ended.message).toMatch(/middle\.rec: \d+ entries, \d+ bytes/);
  expect(recording.file).toBeNull();
  // What comes behind the end is in no file.
  collector.event(logon({ ip: '10.0.0.4', user: 'DORA' }));
  await vi.waitFor(() => expect(users()).toContain('DORA'), patience);
  const links = [...stores.collectors.values()];
  await stop();

  const replay = await play(path);
  expect(replay.recording.problem).toBeNull();
  replay.player.seek(replay.recording.header.began);
  expect(usersOf(replay.stores)).toEqual(['ANNA', 'BERT']);
  expect([...replay.stores.connectors.values()].map((each) => each.name)).toEqual(['hq']);
  replay.player.seek(Number.MAX_SAFE_INTEGER);
  expect(usersOf(replay.stores)).toEqual(['ANNA', 'BERT', 'CARL']);
  // The same collector is in use, the other one failed as it had, and no number is missed.
  const told = (rows: typeof links) =>
    rows.map(({ server, state, active, version, gaps }) => ({ server, state, active, version, gaps }));
  expect(told([...replay.stores.collectors.values()])).toEqual(told(links));
  await replay.player.stop();
});

test('a recording that begins in the middle of a message begins that link with the next one', async () => {
  const { traffic, recording, collector, users, stop } = await running();
  const message = encodeEvent(100_050, logon({ ip: '10.0.0.9', user: 'EVA' }));
  collector.raw(message.subarray(0, 20));
  await vi.waitFor(() => expect(traffic.open.find(({ atBoundary }) => !atBoundary)).toBeDefined(), patience);
  const path = join(directory, 'cut.rec');
  await recording.record(path, false);
  collector.raw(message.subarray(20));
  await vi.waitFor(() => expect(users()).toContain('EVA'), patience);
  collector.event(logon({ ip: '10.0.0.10', user: 'FRED' }));
  await vi.waitFor(() => expect(users()).toContain('FRED'), patience);
  await recording.end();
  await stop();
  const replay = await play(path);
  replay.player.seek(Number.MAX_SAFE_INTEGER);
  expect(usersOf(replay.stores)).toEqual(['ANNA', 'BERT', 'EVA', 'FRED']);
  await replay.player.stop();
});

test('names are redacted in what is told of before, too', async () => {
  const { recording, stores, stop } = await running();
  stores.apply(row(0, { user: 'GRETA', reported: { fortigate: 'edge' } as never }));
  stores.flush();
  const path = join(directory, 'redacted.rec');
  await recording.record(path, true);
  await recording.end();
  await stop();
  const { entries } = await readRecording(path);
  const all = entries.map((entry) =>
    'bytes' in entry ? entry.bytes.toString('latin1') : JSON.stringify(entry),
  );
  expect(all.join('\n')).not.toMatch(/ANNA|BERT|GRETA/);
  expect(all.join('\n')).toContain('user-1');
});

test('a file that is there, a directory that is not, and a full file are one line each', async () => {
  const { recording, stores, collector, users, stop } = await running({ mostMegabytes: 0.002 });
  const path = join(directory, 'small.rec');
  const missing = await recording.record(join(directory, 'no', 'x.rec'), false);
  expect(!missing.ok && missing.problem.message).toMatch(
    /x\.rec cannot be made: there is no such directory \(ENOENT\)$/,
  );
  expect(recording.file).toBeNull();
  await recording.record(path, false);
  const again = await recording.record(join(directory, 'other.rec'), false);
  expect(!again.ok && again.problem.message).toMatch(/small\.rec is being recorded already$/);
  for (let place = 1; place < 40; place += 1)
    collector.event(logon({ ip: `10.0.1.${place}`, user: `U${place}` }));
  await vi.waitFor(() => expect(users()).toContain('U39'), patience);
  expect(recording.file).toBeNull();
  stores.flush();
  expect([...stores.events.values()].map((event) => event.text).join()).toMatch(
    /The recording has ended: the limit of 0 megabytes is reached/,
  );
  const there = await recording.record(path, false);
  expect(!there.ok && there.problem.message).toMatch(/is there already: name a new file$/);
  const nothing = await recording.end();
  expect(!nothing.ok && nothing.problem.message).toBe('nothing is being recorded');
  await stop();
});
