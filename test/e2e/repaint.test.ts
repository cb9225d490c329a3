import { expect, test } from 'vitest';
import { inTerminal, openDashboard, openDemo, openIdle } from '../support/dashboard.ts';
import { launcher } from './fabrictop.ts';

const quiet = ['--scenario', 'quiet'];

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
  await screen.waitFor(/^prompt> fg\n.*\nprompt>$/m);
  screen.type('echo left with $?\r');
  await screen.waitFor(/^left with 0$/m);
});

test('a stopped program paints everything again when it goes on', async () => {
  const { screen } = await openIdle();
  screen.kill('SIGSTOP');
  await screen.scribble('\x1b[2J\x1b[8;1Hscribbled');
  screen.kill('SIGCONT');
  expect(await screen.waitFor(/^> idle/m)).not.toContain('scribbled');
  expect(screen.lines()[0]).toMatch(/^fabrictop /);
  screen.kill('SIGSTOP');
  screen.kill('SIGTERM');
  screen.kill('SIGCONT');
  expect(await screen.exit()).toMatchObject({ exitCode: 143 });
  expect(screen.isRestored).toBe(true);
});

test('Ctrl+L repairs what another program wrote over the screen', async () => {
  const { screen } = await openIdle();
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
  // Its own two, and the entry of the FortiGate once that has told of it.
  await screen.waitFor(/^Collectors {2}[23] rows/m);
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
  const { screen } = await openIdle();
  screen.type('/');
  await screen.waitFor(/^\/_/m);
  screen.type(`${begin}${'anna '.repeat(210_000)}${end}`);
  // What completes the word may stand behind the cursor.
  await screen.waitFor(/^\/.*anna.*_/m, 50_000);
  screen.type('\x1b');
  await screen.waitFor(/^EMS connectors {2}1 row$/m, 50_000);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
});

test('pasted text is not taken for keys', async () => {
  const { screen } = await openIdle();
  screen.type('\x1b[200~qqq\x1b[201~');
  await screen.waitFor(/Pasted text is taken after \/ and : only/);
});
