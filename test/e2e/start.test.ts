import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { inTerminal } from '../support/dashboard.ts';
import { root } from './fabrictop.ts';

/** As on a fresh machine: whatever Node the system has, and nothing of the project's on the path. */
function npmStart(...argv: string[]) {
  const entries = (process.env['PATH'] ?? '').split(delimiter);
  const path = entries.filter((entry) => !entry.includes('node_modules')).join(delimiter);
  return inTerminal('npm', ['start', '--prefix', root, ...argv], {
    env: { PATH: path, npm_config_update_notifier: 'false' },
  });
}

test('npm start opens the demo from a checkout, and q brings the shell back with 0', async () => {
  const { screen } = npmStart();
  await screen.waitFor(/hq .*\+ connected/, 50_000);
  expect(screen.lines()[0]).toMatch(/^fabrictop demo: office /);
  screen.type('q');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
  expect(screen.isRestored).toBe(true);
  expect(screen.text()).not.toMatch(/error|warn/i);
});

test('npm start hands options on to the demo', async () => {
  const { screen } = npmStart('--', '--scenario', 'quiet');
  await screen.waitFor(/^fabrictop demo: quiet /, 50_000);
  screen.type('\x03');
  expect(await screen.exit()).toMatchObject({ exitCode: 0 });
});
