import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { createFssoSource } from '../../src/backends/fsso-connector.ts';
import { systemClock } from '../../src/clock.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import { encodeHello, encodeSendAll } from '../../src/fsso/wire/messages.ts';
import { logonView } from '../../src/screens/users/columns.ts';
import { startFlushClock } from '../../src/state/flush-clock.ts';
import { createStores } from '../../src/state/stores.ts';
import { createView } from '../../src/state/view.ts';
import { PtyScreen } from '../support/pty-screen.ts';
import { benchConnector } from './bench-connector.ts';
import type { FeedRate, FeedTask } from './collector-feed.ts';
import { percentile, ratio } from './statistics.ts';

const count = 300_000;
const changesPerSecond = 2_000;
const size = { columns: 120, rows: 40 };
const measureMs = 20_000;
const keyPresses = 300;
const clockTicksPerSecond = 100;

interface Feed {
  readonly port: number;
  rate(perSecond: number): void;
  stop(): Promise<unknown>;
}

async function startFeed(): Promise<Feed> {
  const task: FeedTask = { count, perFrame: 5_000 };
  const worker = new Worker(new URL('./collector-feed.ts', import.meta.url), { workerData: task });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    rate: (perSecond) => worker.postMessage({ perSecond } satisfies FeedRate),
    stop: () => worker.terminate(),
  };
}

function collect(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/** The same list through a bare decoder that forgets each record: CPU milliseconds of this thread. */
async function bareDecoder(port: number): Promise<number> {
  const decoder = new MessageDecoder('collector');
  const socket = connect({ host: '127.0.0.1', port });
  const identity = 'FGVM010000000001-root';
  const hello = { sync: 1, name: 'bench', identity, proof: Buffer.alloc(16) };
  socket.write(Buffer.concat([encodeHello('fortigate', hello), encodeSendAll(2)]));
  const before = process.threadCpuUsage();
  let records = 0;
  while (records < count) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    for (const message of decoder.push(chunk)) if (message.kind === 'bulk-record') records += 1;
  }
  const used = process.threadCpuUsage(before);
  socket.destroy();
  return (used.user + used.system) / 1_000;
}

/** In this process: what a list of that length costs, and what the rows hold. */
export async function intake(): Promise<string[]> {
  const feed = await startFeed();
  const stores = createStores(systemClock);
  const view = createView(stores.logons, logonView, systemClock);
  const flushes = startFlushClock({ stores, clock: systemClock, perSecond: 2, behind: () => false });
  const before = collect();
  const source = createFssoSource(benchConnector(feed.port), systemClock);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  const cpu = process.threadCpuUsage();
  delay.enable();
  source.start(stores.apply);
  while (view.total < count) await pause(5);
  const took = performance.now() - started;
  delay.disable();
  const used = process.threadCpuUsage(cpu);
  await pause(1_500);
  const perRow = (collect() - before) / count;
  const ran = (used.user + used.system) / 1_000;
  const bare = await bareDecoder(feed.port);
  const lines = [
    `ms from the connection to ${count.toLocaleString('en')} rows in order on the screen's table:  ${took.toFixed(0)} (limit 3,000)`,
    `of these, ms that this thread really ran:  ${ran.toFixed(0)}`,
    `the same through a bare decoder that forgets each record:  ${bare.toFixed(0)} (ratio ${ratio(ran, bare)})`,
    `longest block of the event loop meanwhile, ms:  ${(delay.max / 1e6).toFixed(1)} (limit 50)`,
    `heap after a forced collection, bytes a row:  ${perRow.toFixed(0)} (limit 700)`,
  ];
  await source.stop();
  flushes.stop();
  view.close();
  await feed.stop();
  return lines;
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / clockTicksPerSecond;
}

/** Presses a key and gives the milliseconds until the terminal shows what it does. */
async function keyToFrame(screen: PtyScreen, key: string, isShown: () => boolean): Promise<number> {
  const started = performance.now();
  screen.type(key);
  while (!isShown()) {
    if (performance.now() - started > 10_000)
      throw new Error(`nothing is seen of the key ${JSON.stringify(key)}`);
    await pause(1);
  }
  return performance.now() - started;
}

function cursorLine(screen: PtyScreen): number {
  return screen
    .text()
    .split('\n')
    .findIndex((line) => line.startsWith('> '));
}

/** 300,000 logons in the built program, in a pseudo-terminal, with 2,000 changes a second coming in all the time. */
export async function largeTable(): Promise<string[]> {
  const feed = await startFeed();
  const folder = await mkdtemp(join(tmpdir(), 'fabrictop-bench-'));
  const config = join(folder, 'config.yaml');
  await writeFile(
    config,
    `identity: { serial: FGVM010000000001 }\nfsso: [ { name: corp, servers: [ { server: 127.0.0.1, port: ${feed.port} } ] } ]\n`,
  );
  const screen = new PtyScreen('bin/fabrictop', ['--config', config], {
    ...size,
    env: { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  try {
    await screen.waitFor(/fabrictop/);
    screen.type(':users\r');
    await screen.waitFor(/300,000 rows/);
    screen.type(':sort user\r');
    await screen.waitFor(/USER0000000/);
    await pause(3_000);
    feed.rate(changesPerSecond);
    await pause(3_000);
    const cpuBefore = cpuMs(screen.pid);
    const bytesBefore = screen.bytes;
    const began = performance.now();
    await pause(measureMs);
    const seconds = (performance.now() - began) / 1_000;
    const cpu = (cpuMs(screen.pid) - cpuBefore) / seconds / 10;
    const bytes = (screen.bytes - bytesBefore) / seconds;
    const keys: number[] = [];
    for (let press = 0; press < keyPresses; press += 1) {
      const before = cursorLine(screen);
      keys.push(await keyToFrame(screen, press % 2 === 0 ? 'j' : 'k', () => cursorLine(screen) !== before));
      await pause(7 + (press % 23));
    }
    const filters: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      screen.type('/');
      let text = '';
      for (const letter of `${round}12`) {
        text += letter;
        const shown = new RegExp(`match[^\\n]* ${text} `);
        filters.push(
          await keyToFrame(screen, letter, () => shown.test(`${screen.text()} `.replaceAll('\n', ' \n'))),
        );
        await pause(60);
      }
      screen.type('\u001b');
      await pause(150);
      screen.type('\u001b');
      await screen.waitFor(/ 300,000 rows/);
    }
    return [
      `key to frame, ms, p50 and p99 of ${keys.length}:  ${percentile(keys, 50).toFixed(0)}, ${percentile(keys, 99).toFixed(0)} (limit 50)`,
      `filter keystroke to frame, ms, p50 and p99 of ${filters.length}:  ${percentile(filters, 50).toFixed(0)}, ${percentile(filters, 99).toFixed(0)} (limit 100)`,
      `CPU of one core with ${changesPerSecond.toLocaleString('en')} changes a second:  ${cpu.toFixed(0)} % (limit 40)`,
      `bytes a second to the terminal meanwhile, sorted by user:  ${bytes.toFixed(0)}`,
    ];
  } finally {
    screen.close();
    await feed.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
