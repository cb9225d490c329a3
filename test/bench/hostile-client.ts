import { setTimeout as pause } from 'node:timers/promises';
import { createFssoSource } from '../../src/backends/fsso-connector.ts';
import { systemClock } from '../../src/clock.ts';
import { logonView } from '../../src/screens/users/columns.ts';
import { startFlushClock } from '../../src/state/flush-clock.ts';
import { createStores } from '../../src/state/stores.ts';
import { createView } from '../../src/state/view.ts';
import { benchConnector } from './bench-connector.ts';

/** What the bench wants of this process. */
export interface Asked {
  readonly port: number;
  /** How long it watches at most. */
  readonly ms: number;
  /** It has seen enough when so many records were kept or refused. */
  readonly records: number;
}

/** Octets of resident memory, logons in the table, and how the link stood last. */
export interface Measured {
  readonly before: number;
  readonly peak: number;
  readonly logons: number;
  readonly refused: number;
  readonly state: string;
}

const sampleMs = 20;

/** What a dashboard does behind its screen of users. */
async function run({ port, ms, records }: Asked): Promise<void> {
  const stores = createStores(systemClock);
  const view = createView(stores.logons, logonView, systemClock);
  const flushes = startFlushClock({ stores, clock: systemClock, perSecond: 2, behind: () => false });
  const source = createFssoSource(benchConnector(port), systemClock);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  source.start(stores.apply);
  const link = () => [...stores.collectors.values()][0];
  const isEnough = () => view.total + (link()?.refused ?? 0) >= records;
  for (const end = performance.now() + ms; performance.now() < end && !isEnough(); await pause(sampleMs))
    peak = Math.max(peak, process.memoryUsage().rss);
  const row = link();
  const measured: Measured = {
    before,
    peak,
    logons: view.total,
    refused: row?.refused ?? 0,
    state: row?.state ?? 'unknown',
  };
  await source.stop();
  flushes.stop();
  process.send?.(measured);
}

process.once('message', (asked: Asked) => void run(asked));
