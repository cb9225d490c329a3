import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { PtyScreen } from '../support/pty-screen.ts';
import { ratio } from './statistics.ts';

const demo = ['bin/fabrictop', 'demo', '--scenario'];
const size = { columns: 120, rows: 40 };
const settleMs = 5_000;
// In the first minute every age on the screen counts seconds.
const idleSettleMs = 65_000;
const measureMs = 20_000;
// What each does by default; the dashboard shows new data twice a second.
const perSecond = { ours: 2, top: 1 / 3, htop: 1 / 1.5 } as const;

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

/**
 * Processes that each run now and then, more of them than lines: every line of `top` and `htop` changes at each refresh, as every
 * line of ours does under 500 logons a second. On an idle machine a peer has next to nothing to tell.
 */
function company(): ChildProcess[] {
  const work = 'while :; do i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; sleep 0.1; done';
  return Array.from({ length: 60 }, () => spawn('sh', ['-c', work], { stdio: 'ignore', detached: true }));
}

async function besideCompany<T>(measure: () => Promise<T>): Promise<T> {
  const workers = company();
  try {
    return await measure();
  } finally {
    // With the `sleep` that each may be waiting for.
    for (const { pid } of workers) if (pid !== undefined) process.kill(-pid);
  }
}

const peers = [
  ['top', ['-d', '0.5'], /PID/],
  ['top', [], /PID/],
  ['htop', [], /PID/],
] as const;

function shown(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** The screen of FSSO users, without and with changes, beside programs that everybody knows. */
export async function terminalBytes(): Promise<string[]> {
  const idle = await bytesPerSecond([...demo, 'quiet'], showUsers, idleSettleMs);
  const busy = await bytesPerSecond([...demo, 'busy'], showUsers);
  const lines = [
    `bytes a second, users screen ${size.columns}x${size.rows}, nothing happens:  ${shown(idle)}`,
    `bytes a second, same screen, 500 logons a second:  ${shown(busy)}`,
  ];
  for (const [name, args, seen] of peers) {
    const bytes = await besideCompany(() =>
      bytesPerSecond([name, ...args], async (screen) => void (await screen.waitFor(seen))),
    );
    const rate = args.length > 0 ? perSecond.ours : perSecond[name];
    const peer = [name, ...args].join(' ');
    lines.push(
      `bytes a second, and for each refresh, ${peer}, same size:  ${shown(bytes)}, ${shown(bytes / rate)}`,
      `ratio of the busy screen to ${peer}, bytes a second and for each refresh:  ${ratio(busy, bytes)}, ${ratio(busy / perSecond.ours, bytes / rate)}`,
    );
  }
  return lines;
}
