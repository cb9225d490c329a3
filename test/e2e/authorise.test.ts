import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PtyScreen } from '../support/pty-screen.ts';
import { launcher } from './fabrictop.ts';

// The demo in a real terminal: what an administrator does on EMS under Fabric Devices, and on the FortiGate after it.

let home = '';
let screen: PtyScreen | null = null;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fabrictop-authorise-'));
});
afterEach(() => {
  screen?.close();
  rmSync(home, { recursive: true, force: true });
});

function demo(...more: string[]): PtyScreen {
  screen = new PtyScreen(launcher, ['demo', '--scenario', 'quiet', ...more], {
    columns: 120,
    rows: 40,
    env: { HOME: home },
  });
  return screen;
}

const pending = /FGVM01LAB0000002 +! pending/;

test('step 4 of the guide is played by keys alone: authorised on EMS, verified on the FortiGate, connected', async () => {
  const shown = demo('--write');
  await shown.waitFor(/\+ connected/);
  // The connector in sight is not always the one with an administrator: all devices are wanted.
  shown.type(':devices ems:hq\r');
  await shown.waitFor(pending);
  expect(shown.text()).toContain('CVE-2026-35616');
  shown.type('A');
  await shown.waitFor(/Authorise FGVM01LAB0000002 on the EMS of hq\?/);
  shown.type('y');
  await shown.waitFor(/FGVM01LAB0000002 +\+ authorised/);
  shown.type('m');
  await shown.waitFor(/edge +ems-hq +! not verified/);
  shown.type('V');
  await shown.waitFor(/Let edge accept the certificate of ems-hq\?/);
  shown.type('y');
  await shown.waitFor(/edge +ems-hq +\+ connected/);
  // The same EMS from both sides at once.
  shown.type('c/hq\r');
  await shown.waitFor(/By edge +\+ connected/);
  shown.type('q');
  expect(await shown.exit()).toMatchObject({ exitCode: 0 });
});

test('without --write the device stays pending, and the key says why', async () => {
  const shown = demo();
  await shown.waitFor(/\+ connected/);
  shown.type(':devices ems:hq\r');
  await shown.waitFor(pending);
  shown.type('A');
  await shown.waitFor(/A: It changes a peer: start fabrictop with --write/);
  shown.type('y');
  expect(shown.text()).toMatch(pending);
});
