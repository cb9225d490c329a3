import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inTerminal, openDashboard, openDemo, privateDirectory } from '../support/dashboard.ts';
import type { PtyScreen } from '../support/pty-screen.ts';
import { launcher } from './fabrictop.ts';

/** The environment of somebody whose configuration asks for the mouse. */
function withMouse(ui = 'mouse: true'): Record<string, string> {
  const directory = privateDirectory();
  mkdirSync(join(directory, 'fabrictop'));
  writeFileSync(join(directory, 'fabrictop', 'config.yaml'), `ui: { ${ui} }\n`);
  return { XDG_CONFIG_HOME: directory };
}

const quiet = ['--scenario', 'quiet'];
const tracking = (screen: PtyScreen) => screen.terminal.modes.mouseTrackingMode;

function click(screen: PtyScreen, text: string): void {
  const lines = screen.lines();
  const y = lines.findIndex((line) => line.includes(text));
  const x = (lines[y] ?? '').indexOf(text);
  screen.type(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
}

test('with ui.mouse the terminal tells of clicks, which choose tabs and rows, and is itself again afterwards', async () => {
  const { screen } = await openDemo(quiet, { env: withMouse() });
  expect(tracking(screen)).toBe('vt200');
  click(screen, 'Users');
  await screen.waitFor(/\[u Users\]/);
  await screen.waitFor(/^> /m);
  click(screen, 'c EMS');
  await screen.waitFor(/\[c EMS\]/);
  click(screen, 'hq ');
  await screen.waitFor(/^> hq /m);
  click(screen, 'branch ');
  await screen.waitFor(/^> branch /m);
  click(screen, 'Server');
  await screen.waitFor(/Server↑/);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
  expect(screen.isRestored).toBe(true);
  expect(tracking(screen)).toBe('none');
});

test('a program that is killed by a signal, or breaks, leaves no terminal that tells of its mouse', async () => {
  const path = join(privateDirectory(), 'break.mjs');
  writeFileSync(path, "process.on('SIGUSR2', () => { Promise.reject(new Error('provoked')); });\n");
  for (const [signal, env] of [
    ['SIGTERM', {}],
    ['SIGUSR2', { NODE_OPTIONS: `--import=${path}` }],
  ] as const) {
    const { screen } = await openDemo(quiet, { env: { ...withMouse(), ...env } });
    expect(tracking(screen)).toBe('vt200');
    screen.kill(signal);
    await screen.exit();
    expect(screen.isRestored).toBe(true);
  }
});

test('while it is suspended the shell has its terminal, and the mouse comes back with the dashboard', async () => {
  const { screen } = inTerminal('/bin/bash', ['--norc', '-i'], { env: { ...withMouse(), PS1: '$ ' } });
  screen.type(`${launcher} demo --scenario quiet\r`);
  await screen.waitFor(/hq .*\+ connected/);
  await screen.waitFor(() => tracking(screen) === 'vt200');
  screen.type('\x1a');
  await screen.waitFor(/Stopped/);
  expect(tracking(screen)).toBe('none');
  screen.type('fg\r');
  await screen.waitFor(/hq .*\+ connected/);
  await screen.waitFor(() => tracking(screen) === 'vt200');
});

test('without it nothing is asked of the terminal', async () => {
  const { screen } = await openDemo(quiet);
  expect(tracking(screen)).toBe('none');
  expect(screen.raw).not.toContain('\x1b[?1000');
});

test('a mistake in ui keeps no demo from starting, and is told', async () => {
  const { screen } = openDashboard(['demo', ...quiet], { env: withMouse('mouse: loud'), columns: 160 });
  await screen.waitFor(/ui\.mouse: expected true or false/);
  await screen.waitFor(/hq .*\+ connected/);
});
