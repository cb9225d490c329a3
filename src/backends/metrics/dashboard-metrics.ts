import type { Registry } from 'prom-client';
import type { AlertRow, CollectorRow, ConnectorRow, StoreChange } from '../../state/changes.ts';
import type { OutletStatus } from '../forward/outlet.ts';
import { buildInfo, forwardMetrics } from './program-metrics.ts';
import { type Metric, registryOf, type Sample } from './registry.ts';

/** What the dashboard's metrics are read from. No user, workstation or address of a client is among it. */
export class MetricsPicture {
  readonly collectors = new Map<string, CollectorRow>();
  readonly connectors = new Map<string, ConnectorRow>();
  readonly alerts = new Map<string, AlertRow>();
  /** Logons and logoffs of each FSSO connector since the start. */
  readonly logons = new Map<string, number>();
  readonly logoffs = new Map<string, number>();

  take(change: StoreChange): void {
    if (change.table === 'collectors') edit(this.collectors, change);
    else if (change.table === 'connectors') edit(this.connectors, change);
    else if (change.table === 'alerts') edit(this.alerts, change);
    else if (change.table === 'events') {
      const { logId, source } = change.row;
      const counts = logId === 43014 ? this.logons : logId === 43015 ? this.logoffs : null;
      counts?.set(source, (counts.get(source) ?? 0) + 1);
    }
  }
}

function edit<T extends { readonly id: string }>(
  rows: Map<string, T>,
  change: { op: 'put'; row: T } | { op: 'remove'; id: string },
): void {
  if (change.op === 'put') rows.set(change.row.id, change.row);
  else rows.delete(change.id);
}

type Definition = Metric<[picture: MetricsPicture, outlets: readonly OutletStatus[]]>;

const linkLabels = ['connector', 'server'] as const;
const ofLinks = (value: (row: CollectorRow) => number) => (picture: MetricsPicture) =>
  [...picture.collectors.values()].map(
    (row): Sample => [{ connector: row.connector, server: row.server }, value(row)],
  );
const ofEms = (value: (row: ConnectorRow) => number | null) => (picture: MetricsPicture) =>
  [...picture.connectors.values()].flatMap((row): Sample[] => {
    const found = value(row);
    return found === null ? [] : [[{ connector: row.name }, found]];
  });
const counted = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([connector, count]): Sample => [{ connector }, count]);
const seconds = (time: number | null) => (time === null ? null : time / 1000);

/** Every metric of the dashboard. */
export const dashboardMetrics: readonly Definition[] = [
  buildInfo,
  {
    name: 'fabrictop_fsso_link_up',
    help: 'Whether the connector is connected to this collector.',
    kind: 'gauge',
    labels: linkLabels,
    samples: ofLinks((row) => Number(row.state === 'online')),
  },
  {
    name: 'fabrictop_fsso_link_active',
    help: 'Whether the connector takes its logons from this collector.',
    kind: 'gauge',
    labels: linkLabels,
    samples: ofLinks((row) => Number(row.active)),
  },
  {
    name: 'fabrictop_fsso_standby_unusable',
    help: 'Whether the last probe of a collector that is not in use failed.',
    kind: 'gauge',
    labels: linkLabels,
    samples: ofLinks((row) => Number(!row.active && (row.probe?.problem ?? null) !== null)),
  },
  {
    name: 'fabrictop_fsso_logons',
    help: 'Logons in the table that came from this collector.',
    kind: 'gauge',
    labels: linkLabels,
    samples: ofLinks((row) => row.logons),
  },
  {
    name: 'fabrictop_fsso_events_total',
    help: 'Events taken from this collector.',
    kind: 'counter',
    labels: linkLabels,
    samples: ofLinks((row) => row.events),
  },
  {
    name: 'fabrictop_fsso_logons_total',
    help: 'Logons reported by events of this connector.',
    kind: 'counter',
    labels: ['connector'],
    samples: (picture) => counted(picture.logons),
  },
  {
    name: 'fabrictop_fsso_logoffs_total',
    help: 'Logoffs of this connector, replaced users included.',
    kind: 'counter',
    labels: ['connector'],
    samples: (picture) => counted(picture.logoffs),
  },
  {
    name: 'fabrictop_ems_up',
    help: 'Whether the connector is connected to its EMS.',
    kind: 'gauge',
    labels: ['connector'],
    samples: ofEms((row) => (row.state === 'disabled' ? null : Number(row.state === 'connected'))),
  },
  {
    name: 'fabrictop_ems_call_latency_seconds',
    help: 'How long the last call to the EMS took.',
    kind: 'gauge',
    labels: ['connector'],
    samples: ofEms((row) => seconds(row.latencyMs)),
  },
  {
    name: 'fabrictop_ems_last_success_timestamp_seconds',
    help: 'When a call to the EMS succeeded last.',
    kind: 'gauge',
    labels: ['connector'],
    samples: ofEms((row) => seconds(row.lastSuccess)),
  },
  {
    name: 'fabrictop_ems_certificate_expiry_timestamp_seconds',
    help: 'When the first certificate of the chain of the EMS ends.',
    kind: 'gauge',
    labels: ['connector'],
    samples: ofEms((row) =>
      row.chain.length === 0 ? null : Math.min(...row.chain.map(({ validTo }) => validTo)) / 1000,
    ),
  },
  {
    name: 'fabrictop_ems_endpoints',
    help: 'Endpoints that the EMS told of.',
    kind: 'gauge',
    labels: ['connector'],
    samples: ofEms((row) => row.session?.endpointCount ?? null),
  },
  {
    name: 'fabrictop_alerts',
    help: 'Alerts of a state, by the kind of their rules.',
    kind: 'gauge',
    labels: ['kind', 'state'],
    samples: (picture) => {
      const groups = Map.groupBy(picture.alerts.values(), ({ kind, state }) => `${kind} ${state}`);
      return [...groups.values()].map((rows): Sample => {
        const { kind = '', state = '' } = rows[0] ?? {};
        return [{ kind, state }, rows.length];
      });
    },
  },
  ...forwardMetrics((_: MetricsPicture, outlets: readonly OutletStatus[]) => outlets),
];

/** The registry of the dashboard's metrics. */
export function dashboardRegistry(
  picture: MetricsPicture,
  outlets: () => readonly OutletStatus[],
): Promise<Registry> {
  return registryOf(dashboardMetrics, () => [picture, outlets()]);
}
