import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDashboard, openDemo, openIdle, privateDirectory } from '../support/dashboard.ts';
import type { PtyScreen } from '../support/pty-screen.ts';
import { sessionProcesses } from '../support/session-processes.ts';
import { fabrictop } from './fabrictop.ts';

const quiet = ['--scenario', 'quiet'];
const patience = { timeout: 20_000, interval: 20 };

/** A connection to an EMS of the demo that never says a word, as a scanner leaves behind. */
async function silentPeer(screen: PtyScreen): Promise<void> {
  const port = Number(/ branch +127\.0\.0\.1:(\d+)/.exec(screen.text())?.[1]);
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
}

/** A module to load before the program, that breaks it in a way when USR2 comes. */
function breakOnSignal(how: string): Record<string, string> {
  const path = join(privateDirectory(), 'break.mjs');
  writeFileSync(path, `process.on('SIGUSR2', () => { ${how} });\n`);
  return { NODE_OPTIONS: `--import=${path}` };
}

test.each([
  ['q', 'q'],
  ['Ctrl+C', '\x03'],
])('%s leaves with 0 from any screen, also while a question is open', async (_, key) => {
  const { screen } = await openDemo(quiet);
  screen.type(':certificate branch\ra');
  await screen.waitFor(/Accept the certificate of branch\?/);
  screen.type(key);
  // In a question q is an answer: no.
  if (key === 'q') {
    await screen.waitFor((text) => !text.includes('Accept the certificate of branch?'));
    screen.type(key);
  }
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
  expect(screen.isRestored).toBe(true);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s leaves with %i, gives the terminal back and leaves no file', async (signal, status) => {
  const { screen, temporary } = await openDemo(quiet);
  screen.kill(signal);
  expect(await screen.exit()).toMatchObject({ exitCode: status });
  expect(screen.isRestored).toBe(true);
  expect(screen.text().trim()).toBe('');
  expect(temporary()).toEqual([]);
});

test.each([
  ['SIGINT', 0],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s while the lab is still starting leaves no file either', async (signal, status) => {
  const { screen, temporary } = openDashboard(['demo', ...quiet]);
  await screen.waitFor(/^fabrictop demo: quiet/);
  screen.kill(signal);
  expect(await screen.exit()).toMatchObject({ exitCode: status });
  expect(screen.isRestored).toBe(true);
  expect(temporary()).toEqual([]);
});

test('when the terminal goes away the program goes too, and removes its files', async () => {
  const { screen, temporary } = await openDemo(quiet);
  const start = performance.now();
  screen.hangUp();
  await vi.waitFor(() => expect(sessionProcesses(screen.pid)).toEqual([]), patience);
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(temporary()).toEqual([]);
});

test('a terminal that takes nothing any more keeps nobody from leaving', async () => {
  const { screen } = await openIdle();
  await screen.stall('?');
  screen.kill('SIGTERM');
  await vi.waitFor(() => expect(sessionProcesses(screen.pid)).toEqual([]), patience);
});

test('a peer that connects and says nothing keeps nobody from leaving', async () => {
  const { screen, temporary } = await openDemo(quiet);
  await silentPeer(screen);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
  expect(temporary()).toEqual([]);
});

test.each([
  ['a rejection that nobody handles', "Promise.reject(new Error('provoked\\x1b[2J'))"],
  ['an error in a timer', "setTimeout(() => { throw new Error('provoked\\x1b[2J'); }, 1)"],
])('%s ends with the terminal restored, one line and status 1', async (_, how) => {
  const { screen, temporary, home } = await openDemo(quiet, { env: breakOnSignal(how) });
  await silentPeer(screen);
  screen.resize(200, 24);
  await screen.waitFor((text) => (text.split('\n')[0] ?? '').length === 200);
  screen.kill('SIGUSR2');
  expect(await screen.exit()).toMatchObject({ exitCode: 1 });
  expect(screen.isRestored).toBe(true);
  expect(screen.text().trim()).toBe(
    `fabrictop: unexpected error: provoked\\x1b[2J (details are in ${home}/.local/state/fabrictop/errors.log)`,
  );
  expect(temporary()).toEqual([]);
});

const oneShots = /fabrictop: .*fabrictop ems status, fabrictop fsso list, fabrictop fsso server-status\n$/;

test('on TERM=dumb there is one line and status 2', async () => {
  const { screen } = openDashboard(['demo'], { columns: 200, env: { TERM: 'dumb' } });
  expect(await screen.exit()).toMatchObject({ exitCode: 2 });
  expect(`${screen.text().trim()}\n`).toMatch(oneShots);
  expect(screen.raw).not.toContain('\x1b');
});

test.each([[['demo']], [[]]])('without a terminal %j is one line and status 2', async (argv) => {
  const { status, stdout, stderr } = await fabrictop(argv);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(oneShots);
});
