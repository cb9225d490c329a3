import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inTerminal, openDashboard, openDemo, privateDirectory } from '../support/dashboard.ts';
import type { PtyScreen } from '../support/pty-screen.ts';
import { sessionProcesses } from '../support/session-processes.ts';
import { fabrictop, launcher } from './fabrictop.ts';

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

test('when the terminal goes away the program goes too, and removes its files', async () => {
  const { screen, temporary } = await openDemo(quiet);
  const start = performance.now();
  screen.hangUp();
  await vi.waitFor(() => expect(sessionProcesses(screen.pid)).toEqual([]), patience);
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(temporary()).toEqual([]);
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

test('Ctrl+Z gives the shell its terminal, fg paints everything again', async () => {
  const { screen } = inTerminal('bash', ['--norc', '--noprofile', '-i'], { env: { PS1: 'prompt> ' } });
  await screen.waitFor(/prompt>/);
  screen.type(`${launcher} demo --scenario quiet\r`);
  await screen.waitFor(/hq .*\+ connected/);
  screen.type('\x1a');
  await screen.waitFor(/Stopped/);
  expect(screen.terminal.buffer.active.type).toBe('normal');
  screen.type('echo back$((20 + 3))\r');
  await screen.waitFor(/^back23$/m);
  screen.type('fg\r');
  expect(await screen.waitFor(/hq .*\+ connected/)).toMatch(/^fabrictop demo: quiet/);
  screen.type('u');
  await screen.waitFor(/^FSSO users/m);
  screen.type('q');
  await screen.waitFor(() => screen.isRestored);
  screen.type('echo left with $?\r');
  await screen.waitFor(/^left with 0$/m);
});

test('a stopped program paints everything again when it goes on', async () => {
  const { screen } = await openDemo(quiet);
  screen.kill('SIGSTOP');
  await screen.scribble('\x1b[2J\x1b[8;1Hscribbled');
  screen.kill('SIGCONT');
  expect(await screen.waitFor(/hq .*\+ connected/)).not.toContain('scribbled');
  expect(screen.lines()[0]).toMatch(/^fabrictop demo: quiet/);
  screen.kill('SIGSTOP');
  screen.kill('SIGTERM');
  screen.kill('SIGCONT');
  expect(await screen.exit()).toMatchObject({ exitCode: 143 });
  expect(screen.isRestored).toBe(true);
});

test('Ctrl+L repairs what another program wrote over the screen', async () => {
  const { screen } = await openDemo(quiet);
  const before = screen.lines();
  await screen.scribble('\x1b[1;1HBroadcast message\x1b[12;30Hscribbled\x1b[24;1Hscribbled');
  expect(screen.text()).toContain('scribbled');
  screen.type('\x0c');
  await screen.waitFor((text) => !/scribbled|Broadcast/.test(text) && text.startsWith('fabrictop'));
  expect(screen.lines().slice(1, 5)).toEqual(before.slice(1, 5));
});

test('keys typed before the first frame are taken, and do not move it', async () => {
  const { screen } = openDashboard(['demo', ...quiet]);
  screen.type('l');
  await screen.waitFor(/^Collectors {2}2 rows/m);
  expect(screen.lines()[0]).toMatch(/^fabrictop demo: quiet .*UTC$/);
});

test('every window size is filled, and one that is too small asks for more', async () => {
  const { screen } = await openDemo(quiet);
  const sizes = [
    [60, 15],
    [39, 9],
    [200, 50],
    [40, 10],
    [80, 24],
  ] as const;
  for (const keys of ['', ':certificate branch\ra']) {
    screen.type(keys);
    await screen.waitFor(keys === '' ? /hq .*connected/ : /Accept the certificate of branch\?/);
    for (const [columns, rows] of sizes) {
      screen.resize(columns, rows);
      if (columns < 40) {
        await screen.waitFor(/40x10.*39x9/);
        continue;
      }
      const text = await screen.waitFor(
        (shown) => shown.startsWith('fabrictop') && shown.trimEnd().split('\n').length === rows,
      );
      expect(text).not.toContain('40x10');
      if (keys === '') expect(text).toContain(' acquired ');
      else expect(text).toContain('Accept the certificate');
    }
  }
  screen.type('y');
  await screen.waitFor(/accepted/i);
});

test.each([
  ['bracketed', '\x1b[200~', '\x1b[201~'],
  ['plain', '', ''],
])('a megabyte of %s paste neither hangs nor breaks it', async (_, begin, end) => {
  const { screen } = await openDemo(quiet);
  screen.type('u');
  await screen.waitFor(/^FSSO users/m);
  screen.type('/');
  await screen.waitFor(/^\/_/m);
  screen.type(`${begin}${'anna '.repeat(210_000)}${end}`);
  await screen.waitFor(/anna.*_$/m, 50_000);
  screen.type('\x1b');
  await screen.waitFor(/^FSSO users {2}\d+ rows/m, 50_000);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
});

test('pasted text is not taken for keys', async () => {
  const { screen } = await openDemo(quiet);
  screen.type('\x1b[200~qqq\x1b[201~');
  await screen.waitFor(/Pasted text is taken after \/ and : only/);
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

test('with NO_COLOR no colour is sent, and the row under the cursor is still marked', async () => {
  const { screen } = await openDemo(quiet, { env: { NO_COLOR: '1' } });
  screen.type('u');
  await screen.waitFor(/^> \S+ +10\./m);
  screen.type('?');
  await screen.waitFor(/^> Ctrl\+R/m);
  expect(screen.raw.split('\x1b[').filter((piece) => /^[\d;]*m/.test(piece))).toEqual([]);
});

test.each([
  ['in the C locale', { LANG: 'C' }, []],
  ['with --ascii', {}, ['--ascii']],
] as const)('%s everything is drawn in ASCII', async (_, env, argv) => {
  const { screen } = await openDemo([...quiet, ...argv], { columns: 120, rows: 40, env });
  for (const [keys, pattern] of [
    [':certificate branch\r', /^Certificate {2}branch/m],
    ['a', /Accept the certificate of branch\?/],
    ['nl', /^Collectors {2}2 rows/m],
    ['v', /^Event log/m],
    ['?', /^> Ctrl\+R/m],
    ['qu1/pc-fin', /rows match pc-fin/],
  ] as const) {
    screen.type(keys);
    expect(await screen.waitFor(pattern)).toMatch(/^[\x20-\x7e\n]*$/);
  }
});

test('a terminal with CI in its environment is drawn on, in colour', async () => {
  const { screen } = await openDemo(quiet, { env: { CI: 'true' } });
  screen.type('u');
  await screen.waitFor(/^FSSO users {2}\d+ rows/m);
  expect(screen.raw.split('\x1b[').some((piece) => /^3[1-6]m/.test(piece))).toBe(true);
});
