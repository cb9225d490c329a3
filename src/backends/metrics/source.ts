import type { Registry } from 'prom-client';
import type { Clock } from '../../clock.ts';
import { listenAddress, type MetricsConfig } from '../../config/metrics.ts';
import { safeText } from '../../safe-text.ts';
import type { EventLevel, StoreChange } from '../../state/changes.ts';
import type { OutletStatus } from '../forward/outlet.ts';
import type { Observer, Sink } from '../source.ts';
import { dashboardRegistry, MetricsPicture } from './dashboard-metrics.ts';
import { type MetricsServer, serveMetrics } from './server.ts';

/** The kind of this source for the reconciler. */
export const metricsKind = 'metrics';

/** Serves the dashboard's metrics to Prometheus. Where it cannot listen, a line of the event log says so. */
export function createMetricsSource(
  config: MetricsConfig,
  clock: Clock,
  outlets: () => readonly OutletStatus[],
): Observer {
  const picture = new MetricsPicture();
  let sink: Sink = () => {};
  let opened: Promise<MetricsServer | null> = Promise.resolve(null);

  const tell = (level: EventLevel, text: string) =>
    sink({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level, source: 'metrics', logId: null, text: safeText(text) },
    });

  return {
    name: 'metrics',
    start(given) {
      sink = given;
      opened = openMetrics(config, () => dashboardRegistry(picture, outlets), tell);
    },
    observe: (change: StoreChange) => picture.take(change),
    async stop() {
      sink = () => {};
      await (await opened)?.close();
    },
  };
}

/** Serves a registry where the configuration says; null, told in one line, where it cannot listen. */
export async function openMetrics(
  config: MetricsConfig,
  registryOf: () => Promise<Registry>,
  tell: (level: EventLevel, text: string) => void,
): Promise<MetricsServer | null> {
  const place = listenAddress(config.listen);
  if (place === null) return null;
  try {
    const registry = await registryOf();
    const server = await serveMetrics(place.address, place.port, {
      contentType: registry.contentType,
      text: () => registry.metrics(),
    });
    tell('info', `metrics are served at http://${config.listen.replace(/:\d+$/, `:${server.port}`)}/metrics`);
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    tell('error', `metrics: cannot listen on ${config.listen} (${code ?? message})`);
    return null;
  }
}
