import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import type { CollectorFaultName } from '../../src/lab/faults/collector-faults.ts';
import { FaultyCollector } from '../../src/lab/faults/faulty-collector.ts';
import type { Asked, Measured } from './hostile-client.ts';

const short = { seconds: 10, records: Number.MAX_SAFE_INTEGER };
const faults: readonly (readonly [CollectorFaultName, { seconds: number; records: number }])[] = [
  ['overlong-hello', short],
  ['wrong-length', short],
  ['slow-drip', short],
  ['unknown-messages', short],
  ['million-records', { seconds: 120, records: 1_000_000 }],
];

const mebibytes = (octets: number): string => (octets / 1_048_576).toFixed(0);

async function measure(
  fault: CollectorFaultName,
  { seconds, records }: { seconds: number; records: number },
): Promise<string> {
  await using collector = await FaultyCollector.start(fault, systemClock);
  // A process of its own, so that the memory is that of the connector and its table alone.
  const child = fork(fileURLToPath(new URL('./hostile-client.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  });
  const started = performance.now();
  child.send({ port: collector.port, ms: seconds * 1_000, records } satisfies Asked);
  const [measured] = (await once(child, 'message')) as [Measured];
  child.kill();
  const { before, peak, logons, refused, state } = measured;
  const kept = `${logons.toLocaleString('en')} logons kept, ${refused.toLocaleString('en')} refused`;
  return `${fault}: +${mebibytes(peak - before)} MiB over ${mebibytes(before)} MiB at most in ${((performance.now() - started) / 1_000).toFixed(0)} s; ${kept}; ${state} after ${collector.connections} connections`;
}

/** What a hostile collector costs the memory of a dashboard. */
export async function hostileCollector(): Promise<string[]> {
  const lines: string[] = [];
  for (const [fault, how] of faults) lines.push(await measure(fault, how));
  return lines;
}
