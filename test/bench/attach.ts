import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { createAttachedSource } from '../../src/backends/attached/source.ts';
import { systemClock } from '../../src/clock.ts';
import { entryView } from '../../src/screens/entries/columns.ts';
import { startFlushClock } from '../../src/state/flush-clock.ts';
import { createStores } from '../../src/state/stores.ts';
import { createView } from '../../src/state/view.ts';
import type { AttachCost } from './attach-collector.ts';
import { ratio } from './statistics.ts';

const count = 300_000;

/** The same stream to a reader who only parses the JSON of each line, as any client would have to: CPU milliseconds of this thread. */
async function bareReader(socket: string): Promise<number> {
  const connection = connect({ path: socket });
  connection.write('GET /watch HTTP/1.1\r\nHost: collector\r\n\r\n');
  const before = process.threadCpuUsage();
  let rest = '';
  let logons = 0;
  while (logons < count) {
    const [chunk] = (await once(connection, 'data')) as [Buffer];
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines)
      if (line.startsWith('{"kind":"logons"')) logons += JSON.parse(line).logons.length;
  }
  const used = process.threadCpuUsage(before);
  connection.destroy();
  return (used.user + used.system) / 1_000;
}

/** Looks each millisecond how long this thread has run since it looked last: a turn of the event loop, however busy the machine is. */
function watchTurns(): () => number {
  let longest = 0;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const used = process.threadCpuUsage(before);
    longest = Math.max(longest, used.user + used.system);
    before = process.threadCpuUsage();
  }, 1);
  return () => {
    clearInterval(timer);
    return longest / 1_000;
  };
}

/** In this process: what attaching to a collector that holds so many entries costs, until all are in order on the table behind the screen. */
export async function attach(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fabrictop-bench-'));
  const socket = join(folder, 'collector.sock');
  const collector = fork(new URL('./attach-collector.ts', import.meta.url), [String(count), socket]);
  try {
    const [held] = (await once(collector, 'message')) as [number];
    if (held !== count) throw new Error(`the collector holds ${held} entries instead of ${count}`);
    const cost = async (): Promise<AttachCost> => {
      collector.send('cost');
      const [answer] = (await once(collector, 'message')) as [AttachCost];
      return answer;
    };
    const stores = createStores(systemClock);
    const view = createView(stores.entries, entryView, systemClock);
    const flushes = startFlushClock({ stores, clock: systemClock, perSecond: 2, behind: () => false });
    const source = createAttachedSource({ name: 'bench', socket }, systemClock);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    await pause(1_000);
    await cost();
    const started = performance.now();
    const cpu = process.threadCpuUsage();
    const longestTurn = watchTurns();
    delay.enable();
    source.start(stores.apply);
    while (view.total < count) await pause(5);
    const took = performance.now() - started;
    delay.disable();
    const turn = longestTurn();
    const used = process.threadCpuUsage(cpu);
    const ran = (used.user + used.system) / 1_000;
    const theirs = await cost();
    await source.stop();
    flushes.stop();
    view.close();
    const bare = await bareReader(socket);
    return [
      `ms from attaching to ${count.toLocaleString('en')} entries in order on the screen's table:  ${took.toFixed(0)}`,
      `of these, ms that the dashboard's thread really ran:  ${ran.toFixed(0)} (limit 2,000)`,
      `a reader of the same stream that only parses JSON:  ${bare.toFixed(0)} (ratio ${ratio(ran, bare)})`,
      `longest block of the dashboard's event loop meanwhile, ms:  ${(delay.max / 1e6).toFixed(1)} (limit 50)`,
      `of these, ms that its thread really ran:  ${turn.toFixed(1)}`,
      `ms of processor that the collector took:  ${theirs.ranMs.toFixed(0)}`,
      `longest block of the collector's event loop, ms:  ${theirs.longestBlockMs.toFixed(1)} (limit 50)`,
    ];
  } finally {
    collector.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
