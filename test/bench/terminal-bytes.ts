import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PtyScreen } from '../support/pty-screen.ts';
import { ratio } from './statistics.ts';

const demo = ['bin/fabrictop', 'demo', '--scenario'];
const size = { columns: 120, rows: 40 };
const settleMs = 5_000;
// In the first minute every age on the screen counts seconds.
const idleSettleMs = 65_000;
const measureMs = 20_000;
// As often as the dashboard shows new data by default.
const refreshSeconds = '0.5';

/** Bytes a second that the program writes once it has settled. */
async function bytesPerSecond(
  [file = '', ...args]: string[],
  prepare: (screen: PtyScreen) => Promise<void>,
  settle = settleMs,
): Promise<number> {
  const screen = new PtyScreen(file, args, size);
  try {
    await prepare(screen);
    await pause(settle);
    const before = screen.bytes;
    const started = performance.now();
    await pause(measureMs);
    const perSecond = ((screen.bytes - before) * 1_000) / (performance.now() - started);
    // By its own way out, so that the demo takes its directory with it.
    screen.kill('SIGTERM');
    await screen.exit();
    return perSecond;
  } finally {
    screen.close();
  }
}

async function showUsers(screen: PtyScreen): Promise<void> {
  await screen.waitFor(/fabrictop/);
  screen.type(':users\r');
  await screen.waitFor(/Workstation/);
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function shown(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** The screen of FSSO users, without and with changes, beside a program that everybody knows. */
export async function terminalBytes(): Promise<string[]> {
  const idle = await bytesPerSecond([...demo, 'quiet'], showUsers, idleSettleMs);
  const busy = await bytesPerSecond([...demo, 'busy'], showUsers);
  const lines = [
    `bytes a second, users screen ${size.columns}x${size.rows}, nothing happens:  ${shown(idle)}`,
    `bytes a second, same screen, 500 logons a second:  ${shown(busy)}`,
  ];
  if (!isInstalled('top')) return [...lines, 'top is not installed here'];
  const top = await bytesPerSecond(['top', '-d', refreshSeconds], async (screen) => {
    await screen.waitFor(/PID/);
  });
  return [
    ...lines,
    `bytes a second, top -d ${refreshSeconds}, same size:  ${shown(top)}`,
    `ratio of the busy screen to top:  ${ratio(busy, top)}`,
  ];
}
