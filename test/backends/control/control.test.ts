import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chooseDashboard } from '../../../src/backends/control/choose.ts';
import { findDashboards, type RunningDashboard } from '../../../src/backends/control/client.ts';
import { type ControlOnce, clearLogonsOnce, refreshLogonsOnce } from '../../../src/backends/control/once.ts';
import { controlLimits } from '../../../src/backends/control/protocol.ts';
import { createControlSource } from '../../../src/backends/control/source.ts';
import { createFssoSource } from '../../../src/backends/fsso-connector.ts';
import { systemClock } from '../../../src/clock.ts';
import type { StoreChange } from '../../../src/state/changes.ts';
import { logon } from '../../support/fake-network.ts';
import { fssoEntry } from '../../support/fsso-entry.ts';
import { ScriptedCollector } from '../../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000, interval: 20 };

let directory = '';
const ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'fabrictop-control-')), 'sockets');
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  rmSync(join(directory, '..'), { recursive: true });
});

const anna = logon({ ip: '10.0.0.1', user: 'ANNA' });
const bob = logon({ ip: '10.0.0.2', user: 'BOB' });

/** A dashboard without a screen: one FSSO connector and its control socket. */
async function dashboard(configuration: string, connector = 'corp') {
  const collector = await ScriptedCollector.listen({ logons: [anna, bob] });
  const fsso = createFssoSource(
    {
      config: fssoEntry({ name: connector, servers: [{ server: '127.0.0.1', port: collector.port }] }),
      identity: 'FGVM010000000001-root',
      passwords: [null],
      ca: [],
    },
    systemClock,
  );
  const changes: StoreChange[] = [];
  const sink = (change: StoreChange) => changes.push(change);
  const before = readdirSafely().length;
  const control = createControlSource({ directory, configuration, sources: () => [fsso] }, systemClock);
  control.start(sink);
  fsso.start(sink);
  await vi.waitFor(() => expect(readdirSafely().length).toBe(before + 1), patience);
  ends.push(async () => {
    await control.stop();
    await fsso.stop();
    await collector.stop();
  });
  const said = () =>
    changes.flatMap((change) => {
      if (change.table === 'toasts') return [change.text];
      return change.table === 'events' ? [change.row.text] : [];
    });
  await vi.waitFor(() => expect(said().join()).toContain('is complete: 2 logons'), patience);
  return { collector, changes, said, control };
}

function readdirSafely(): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const once = (wanted: ControlOnce['wanted'] = {}, more: Partial<ControlOnce> = {}): ControlOnce => ({
  ...{ clock: systemClock, directory, wanted, timeoutMs: 20_000, json: false },
  ...more,
});

/** What a client that sends these lines is answered, until the socket ends or `count` lines came. */
function converse(text: string, count: number): Promise<string[]> {
  const [name = ''] = readdirSync(directory);
  return new Promise((resolve) => {
    const socket = connect(join(directory, name));
    let got = '';
    const lines = () => got.split('\n').slice(0, -1);
    socket.on('data', (chunk) => {
      got += chunk;
      if (lines().length >= count) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(lines()));
    socket.write(text);
  });
}

test('a command lets the running dashboard ask for its logons, and says what came', async () => {
  const { collector, said } = await dashboard('/etc/a.yaml');
  expect(await refreshLogonsOnce(once())).toEqual({
    output: `corp: 127.0.0.1:${collector.port} sent its list: 2 logons, 0 new, 0 gone\n`,
    diagnostics: [],
    isHealthy: true,
  });
  expect(said()).toContain('A command let corp ask for all its logons: 2 came');
  const json = await refreshLogonsOnce(once({}, { json: true }));
  expect(JSON.parse(json.output ?? '')).toEqual({
    refreshed: [
      {
        connector: 'corp',
        server: `127.0.0.1:${collector.port}`,
        records: 2,
        added: 0,
        removed: 0,
        error: null,
      },
    ],
  });
});

test('one user is cleared once that is confirmed with the number, and a refresh brings him back', async () => {
  await dashboard('/etc/a.yaml');
  const asked: string[] = [];
  const answer = (line: string | null) => ({
    kind: 'ask' as const,
    ask: async (text: string) => {
      asked.push(text);
      return line;
    },
  });
  for (const no of ['n', '', null])
    expect(await clearLogonsOnce(once(), { user: 'bob' }, answer(no))).toEqual({
      output: null,
      diagnostics: ['nothing was cleared'],
      isHealthy: false,
    });
  expect(asked[0]).toBe(
    `Cleared from the dashboard's own table (process ${process.pid}, /etc/a.yaml):\n  1 logon of corp\n`,
  );
  expect(await clearLogonsOnce(once(), { user: 'bob' }, { kind: 'none' })).toMatchObject({
    isHealthy: false,
  });
  expect(await clearLogonsOnce(once(), { user: 'bob' }, answer('y'))).toEqual({
    output: '1 logon of corp cleared\n',
    diagnostics: [],
    isHealthy: true,
  });
  expect(await clearLogonsOnce(once(), { user: 'bob' }, { kind: 'yes' })).toMatchObject({
    output: 'no logon is chosen: nothing was cleared\n',
    isHealthy: true,
  });
  expect((await refreshLogonsOnce(once())).output).toContain('2 logons, 1 new, 0 gone');
  const all = await clearLogonsOnce(once({}, { json: true }), {}, { kind: 'yes' });
  expect(JSON.parse(all.output ?? '')).toEqual({ cleared: [{ connector: 'corp', count: 2 }], total: 2 });
});

test('a refresh that nobody can answer is told, and fails', async () => {
  const { collector } = await dashboard('/etc/a.yaml');
  await collector.stop();
  const result = await vi.waitFor(async () => {
    const tried = await refreshLogonsOnce(once());
    expect(tried.diagnostics[0]).toContain('no collector is connected');
    return tried;
  }, patience);
  expect(result).toMatchObject({ output: null, isHealthy: false });
});

test('without a running dashboard there is one line, and of several the one that is named', async () => {
  expect(await refreshLogonsOnce(once())).toEqual({
    output: null,
    diagnostics: ['no dashboard of this user is running'],
    isHealthy: false,
  });
  await dashboard('/etc/a.yaml');
  await dashboard('/etc/b.yaml', 'lab');
  expect((await refreshLogonsOnce(once())).diagnostics[0]).toMatch(
    /^2 dashboards are running \(.*a\.yaml; .*b\.yaml\): name one with --config or --pid$/,
  );
  expect((await refreshLogonsOnce(once({ configuration: '/etc/b.yaml' }))).output).toMatch(/^lab: /);
  expect((await refreshLogonsOnce(once({ connector: 'corp' }))).output).toMatch(/^corp: /);
  expect((await refreshLogonsOnce(once({ connector: 'x' }))).diagnostics[0]).toMatch(
    /^no dashboard with an FSSO connector "x" is running \(running: /,
  );
});

test('two dashboards of the same configuration are told apart by their process', () => {
  const running = (pid: number) =>
    ({ pid, configuration: '/c', connectors: [] }) as unknown as RunningDashboard;
  expect(chooseDashboard([running(1), running(2)], 0, { pid: 2 })).toMatchObject({ pid: 2 });
  expect(chooseDashboard([running(1), running(2)], 0, { configuration: '/c' })).toContain('--pid');
  expect(chooseDashboard([], 1, {})).toContain('1 did not answer');
});

test('the socket is for this user alone, and goes with its dashboard', async () => {
  const { control } = await dashboard('/etc/a.yaml');
  const [name = ''] = readdirSync(directory);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  await control.stop();
  expect(readdirSync(directory)).toEqual([]);
});

test('the socket of a dashboard that was killed is replaced, other files and live sockets stay', async () => {
  await dashboard('/etc/a.yaml');
  const dead = join(directory, '4711-00000000.sock');
  // What a killed process leaves: a socket that nobody listens on.
  const script =
    'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  spawnSync(process.execPath, ['-e', script, dead]);
  writeFileSync(join(directory, 'notes.txt'), '');
  const { dashboards, silent } = await findDashboards(directory, systemClock);
  for (const each of dashboards) each.close();
  expect([dashboards.length, silent, readdirSync(directory).length]).toEqual([1, 0, 3]);
  const second = createControlSource(
    { directory, configuration: '/etc/b.yaml', sources: () => [] },
    systemClock,
  );
  second.start(() => {});
  await vi.waitFor(() => expect(readdirSync(directory)).not.toContain('4711-00000000.sock'), patience);
  await vi.waitFor(() => expect(readdirSync(directory)).toHaveLength(3), patience);
  await second.stop();
  expect(readdirSync(directory)).toHaveLength(2);
});

test('a directory that is not ours is not used, and the event log says so', async () => {
  symlinkSync(tmpdir(), directory);
  const changes: StoreChange[] = [];
  const control = createControlSource({ directory, configuration: '/c', sources: () => [] }, systemClock);
  control.start((change) => changes.push(change));
  await vi.waitFor(() => expect(changes).toHaveLength(1), patience);
  expect(changes[0]).toMatchObject({
    row: { level: 'warning', text: expect.stringContaining('is not a directory of this user') },
  });
  await control.stop();
});

test('a hostile client is answered with a refusal or cut off, and the dashboard serves on', async () => {
  await dashboard('/etc/a.yaml');
  const asked = [
    'rubbish',
    '{"ask":"quit"}',
    '{"ask":"clear-logons","connector":"corp","choice":{"logon":{}}}',
    '{"ask":"clear-logons","connector":"\\u001b[2J","choice":{}}',
    '{"ask":"clear-logons","connector":"corp","choice":{"filter":"user:"}}',
    '{"ask":"refresh-logons","connector":"corp","timeoutMs":0}',
    '{"ask":"hello","more":1}',
  ];
  const answers = await converse(`${asked.join('\n')}\n`, asked.length);
  expect(answers).toHaveLength(asked.length);
  for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ ok: false });
  expect(answers.join()).not.toContain('\u001b');
  expect(await converse('x'.repeat(controlLimits.line + 1), 1)).toEqual([]);
  const { dashboards } = await findDashboards(directory, systemClock);
  expect(dashboards.map(({ connectors }) => connectors)).toEqual([['corp']]);
  for (const each of dashboards) each.close();
});
