import { version } from '../../version.ts';
import type { OutletStatus } from '../forward/outlet.ts';
import type { Metric, Sample } from './registry.ts';

// What every role of the program tells of itself.

export const buildInfo: Metric<never[]> = {
  name: 'fabrictop_build_info',
  help: 'The running program; always 1.',
  kind: 'gauge',
  labels: ['version'],
  samples: () => [[{ version }, 1]],
};

/** How each receiver of what happens is served. */
export function forwardMetrics<Facts extends readonly unknown[]>(
  outlets: (...facts: Facts) => readonly OutletStatus[],
): Metric<Facts>[] {
  const of =
    (value: (outlet: OutletStatus) => number) =>
    (...facts: Facts) =>
      outlets(...facts).map(
        (outlet): Sample => [{ receiver: outlet.name, kind: outlet.kind }, value(outlet)],
      );
  return [
    {
      name: 'fabrictop_forward_sent_total',
      help: 'Lines that the receiver took.',
      kind: 'counter',
      labels: ['receiver', 'kind'],
      samples: of((outlet) => outlet.sent),
    },
    {
      name: 'fabrictop_forward_dropped_total',
      help: 'Lines that were lost on their way to the receiver.',
      kind: 'counter',
      labels: ['receiver', 'kind'],
      samples: of((outlet) => outlet.dropped),
    },
    {
      name: 'fabrictop_forward_waiting',
      help: 'Lines that wait for the receiver.',
      kind: 'gauge',
      labels: ['receiver', 'kind'],
      samples: of((outlet) => outlet.waiting),
    },
  ];
}
