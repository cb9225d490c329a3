import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFssoSource } from '../../../src/backends/fsso-connector.ts';
import { Player } from '../../../src/backends/recording/player.ts';
import { readRecording } from '../../../src/backends/recording/reader.ts';
import { Recorder } from '../../../src/backends/recording/recorder.ts';
import { LinkTraffic } from '../../../src/fsso/gate/traffic.ts';
import { createStores, type Stores } from '../../../src/state/stores.ts';
import { logon } from '../../support/fake-network.ts';
import { fssoEntry } from '../../support/fsso-entry.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedCollector } from '../../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000, interval: 5 };
const password = 'a-very-secret-1';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-recording-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Made {
  readonly path: string;
  readonly stores: Stores;
  readonly began: number;
}

/** A short day of one connector: a list, a logon, one that takes its place a minute later, and a lost link. */
async function record(name: string, redactNames = false): Promise<Made> {
  const clock = new ManualClock();
  const began = clock.now();
  const traffic = new LinkTraffic();
  const path = join(directory, name);
  const recorder = await Recorder.begin({
    path,
    clock,
    traffic,
    redactNames,
    mostMegabytes: 10,
    ended: () => undefined,
  });
  const collector = await ScriptedCollector.listen({
    password,
    logons: [
      logon({ ip: '10.0.0.1', user: 'ANNA', groups: 'CORP/SALES', workstation: 'PC-1' }),
      logon({ ip: '10.0.0.2', user: 'BERT', groups: 'CORP/IT', workstation: 'PC-2' }),
    ],
  });
  const source = createFssoSource(
    {
      config: fssoEntry({ name: 'corp', servers: [{ server: '127.0.0.1', port: collector.port }] }),
      identity: 'FGVM010000000001-root',
      passwords: [password],
      ca: [],
    },
    clock,
    { watch: { traffic, recorder } },
  );
  const stores = createStores(clock);
  source.start(stores.apply);
  const users = () => {
    stores.flush();
    return [...stores.logons.values()].map((row) => row.user).toSorted();
  };
  await vi.waitFor(() => expect(users()).toEqual(['ANNA', 'BERT']), patience);
  clock.advance(1_000);
  clock.advance(9_000);
  collector.event(logon({ ip: '10.0.0.3', user: 'CARL' }));
  await vi.waitFor(() => expect(users()).toContain('CARL'), patience);
  clock.advance(10_000);
  collector.event(logon({ ip: '10.0.0.1', user: 'DORA', workstation: 'PC-9' }));
  await vi.waitFor(() => expect(users()).toContain('DORA'), patience);
  await collector[Symbol.asyncDispose]();
  await vi.waitFor(() => {
    stores.flush();
    expect([...stores.logons.values()].every((row) => row.stale)).toBe(true);
  }, patience);
  await recorder.close('enough');
  await source.stop();
  return { path, stores, began };
}

async function play(path: string) {
  const clock = new ManualClock(Date.UTC(2031, 0, 1));
  const recording = await readRecording(path);
  const player = new Player({ recording, clock, traffic: new LinkTraffic(), speed: 1 });
  const stores = createStores(player.clock);
  player.start(stores.apply);
  const rows = () => {
    stores.flush();
    return [...stores.logons.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };
  return { clock, recording, player, stores, rows, users: () => rows().map((row) => row.user) };
}

test('a replay ends with the very rows and events that were there when it was recorded', async () => {
  const { path, stores } = await record('day.rec');
  const replay = await play(path);
  expect(replay.recording.problem).toBeNull();
  replay.player.seek(Number.MAX_SAFE_INTEGER);
  expect(replay.rows()).toEqual([...stores.logons.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  const told = (of: Stores) => [...of.events.values()].map(({ time, text }) => `${time} ${text}`);
  expect(told(replay.stores)).toEqual(told(stores));
  expect(replay.player.missed).toBe(0);
  const [before] = replay.rows();
  expect(before?.before).toMatchObject({ user: 'ANNA', how: 'overwritten' });
  await replay.player.stop();
});

test('it plays at its speed, pauses, steps, and goes back', async () => {
  const { path, began } = await record('day.rec.gz');
  const { clock, player, users } = await play(path);
  const played = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) clock.advance(50);
  };
  played(5_000);
  expect(player.now).toBe(began + 5_000);
  expect(users()).toEqual(['ANNA', 'BERT']);
  player.setSpeed(10);
  played(600);
  expect(users()).toEqual(['ANNA', 'BERT', 'CARL']);
  player.toggle();
  played(10_000);
  expect(player.now).toBe(began + 11_000);
  player.step();
  expect(users()).toEqual(['DORA', 'BERT', 'CARL']);
  player.seek(began + 5_000);
  expect(users()).toEqual(['ANNA', 'BERT']);
  expect(player.state).toMatchObject({ paused: true, seeking: null, over: false });
  player.seek(began + 10_000);
  expect(users()).toEqual(['ANNA', 'BERT', 'CARL']);
  player.toggle();
  played(2_000);
  expect(player.state.over).toBe(true);
  await player.stop();
});

test('neither the password nor the response to the challenge is in the file, and only its owner reads it', async () => {
  const { path } = await record('day.rec');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { recording } = await play(path);
  const received = recording.entries.flatMap((entry) => (entry.kind === 'received' ? [entry.bytes] : []));
  const text = readFileSync(path, 'utf8');
  expect(text).not.toContain(password);
  expect(Buffer.concat(received).includes(password)).toBe(false);
  // Our own hello has the name that we go by; nothing of it was received.
  expect(Buffer.concat(received).includes('fabrictop')).toBe(false);
});

test('with names redacted no name is left, and who replaced whom still is', async () => {
  const { path } = await record('day.rec', true);
  const { player, recording, rows } = await play(path);
  const received = recording.entries.flatMap((entry) => (entry.kind === 'received' ? [entry.bytes] : []));
  for (const name of ['ANNA', 'BERT', 'CARL', 'DORA', 'CORP', 'SALES', 'PC-1', 'PC-9'])
    expect(Buffer.concat(received).includes(name)).toBe(false);
  player.seek(Number.MAX_SAFE_INTEGER);
  const [first, second] = rows();
  expect(first).toMatchObject({
    ip: '10.0.0.1',
    user: 'user-4',
    before: { user: 'user-1', domain: 'domain-1' },
  });
  expect(second).toMatchObject({ user: 'user-2', groups: ['group-2'], workstation: 'pc-2' });
  await player.stop();
});

test.each(['day.rec', 'day.rec.gz'])('%s that breaks off is played up to there', async (name) => {
  const { path } = await record(name);
  const whole = await readRecording(path);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 10));
  const cut = await readRecording(path);
  expect(cut.problem).toMatch(/breaks off/);
  expect(whole.entries.slice(0, cut.entries.length)).toEqual(cut.entries);
  expect(cut.entries.length).toBeLessThan(whole.entries.length);
});

test('a line that was changed ends what is shown, with its number', async () => {
  const { path } = await record('day.rec');
  const lines = readFileSync(path, 'utf8').split('\n');
  const place = lines.findIndex((line) => line.includes('"received"'));
  lines[place] = (lines[place] ?? '').replace('"bytes":"A', '"bytes":"B');
  writeFileSync(path, lines.join('\n'));
  const { problem, entries } = await readRecording(path);
  expect(problem).toBe(
    `line ${place + 1} of the recording is damaged (its check sum does not match): what is before it is shown`,
  );
  expect(entries).toHaveLength(place - 1);
});

test.each([
  ['', / is empty: no recording$/],
  ['hello\nworld\n', / is no recording that can be played: its check sum does not match$/],
  ['no line feed', / is no recording: it has no whole line$/],
  [Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), / is no recording/],
])('a file that is none is refused in one line (%#)', async (content, line) => {
  const path = join(directory, 'other');
  writeFileSync(path, content);
  await expect(readRecording(path)).rejects.toThrow(line);
});

test('a file that is there is never overwritten', async () => {
  const { path } = await record('day.rec');
  const before = readFileSync(path);
  await expect(record('day.rec')).rejects.toThrow('is there already: name a new file');
  expect(readFileSync(path)).toEqual(before);
});
