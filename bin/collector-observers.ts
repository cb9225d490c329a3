import { createAlertsSource } from '../src/backends/alerts/source.ts';
import { componentRows } from '../src/backends/attached/rows.ts';
import { statusDocumentOf } from '../src/backends/collector-control/documents.ts';
import type { OutletStatus } from '../src/backends/forward/outlet.ts';
import { collectorRegistry } from '../src/backends/metrics/collector-metrics.ts';
import { openMetrics } from '../src/backends/metrics/source.ts';
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Collector } from '../src/fsso/collector/collector.ts';
import type { NewEvent } from '../src/state/changes.ts';

/** How often alerts look at the collector, in milliseconds. */
const lookEvery = 2_000;

/**
 * Starts what the configuration wants to look at a headless collector: metrics, and alerts. Lines of both go to `tell`.
 * Returns what ends them.
 */
export async function observeCollector(
  { metrics, alerts }: Pick<Config, 'metrics' | 'alerts'>,
  collector: Pick<Collector, 'status'>,
  clock: Clock,
  outlets: () => readonly OutletStatus[],
  tell: (line: NewEvent) => void,
): Promise<() => Promise<void>> {
  const startedAt = clock.now();
  const status = () => statusDocumentOf(collector.status, { now: clock.now(), startedAt, write: false });
  const server = metrics
    ? await openMetrics(
        metrics,
        () => collectorRegistry(status, outlets),
        (level, text) => tell({ time: clock.now(), level, source: 'metrics', logId: null, text }),
      )
    : null;
  const source = alerts ? createAlertsSource(alerts, clock) : null;
  source?.start((change) => {
    if (change.table === 'events') tell(change.row);
  });
  const looks = source
    ? clock.every(lookEvery, () => {
        for (const row of componentRows('collector', status()))
          source.observe({ table: 'components', op: 'put', row });
      })
    : null;
  return async () => {
    looks?.cancel();
    await source?.stop();
    await server?.close();
  };
}
