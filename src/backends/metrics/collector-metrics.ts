import type { Registry } from 'prom-client';
import type { StatusDocument } from '../collector-control/protocol.ts';
import type { OutletStatus } from '../forward/outlet.ts';
import { buildInfo, forwardMetrics } from './program-metrics.ts';
import { type Metric, registryOf, type Sample } from './registry.ts';

type Definition = Metric<[status: StatusDocument, outlets: readonly OutletStatus[]]>;

const one = (value: (status: StatusDocument) => number) => (status: StatusDocument) => [
  [{}, value(status)] satisfies Sample,
];
const counts = (
  label: string,
  given: Readonly<Record<string, number>>,
  more: Readonly<Record<string, string>> = {},
) => Object.entries(given).map(([name, count]): Sample => [{ ...more, [label]: name }, count]);
const ofSources =
  (value: (source: StatusDocument['feeds'][number]['sources'][number]) => number | null) =>
  ({ feeds }: StatusDocument) =>
    feeds.flatMap(({ kind, sources }) =>
      sources.flatMap((source): Sample[] => {
        const found = value(source);
        return found === null ? [] : [[{ feed: kind, source: source.address }, found]];
      }),
    );
const ofServers =
  (which: 'dns' | 'directories', value: (server: StatusDocument['dns'][number]) => number | null) =>
  (status: StatusDocument) =>
    status[which].flatMap((server): Sample[] => {
      const found = value(server);
      return found === null ? [] : [[{ server: server.server }, found]];
    });
const ofFortigates =
  (value: (fortigate: StatusDocument['fortigates'][number]) => number) =>
  ({ fortigates }: StatusDocument) => {
    // Two connections of one FortiGate are one series.
    const known = Map.groupBy(fortigates, ({ identity }) => identity ?? '');
    known.delete('');
    return [...known].map(
      ([identity, all]): Sample => [{ identity }, all.reduce((sum, each) => sum + value(each), 0)],
    );
  };
type Polled = NonNullable<StatusDocument['feeds'][number]['polled']>[number];

/** The same machine may be asked for sessions and for more than one log. */
const polledLabels = ['controller', 'mode', 'log'];
const ofPolled =
  (value: (polled: Polled) => number | null) =>
  ({ feeds }: StatusDocument) =>
    feeds.flatMap(({ polled = [] }) =>
      polled.flatMap((each): Sample[] => {
        const found = value(each);
        const { name: controller, mode, log } = each;
        return found === null ? [] : [[{ controller, mode, log: log ?? '' }, found]];
      }),
    );
const timeOf = (text: string | null) => (text === null ? null : Date.parse(text) / 1000);

/** Every metric of a headless collector. */
const collectorMetrics: readonly Definition[] = [
  buildInfo,
  {
    name: 'fabrictop_collector_entries',
    help: 'Logons that the collector holds.',
    kind: 'gauge',
    labels: [],
    samples: one(({ health }) => health.entries),
  },
  {
    name: 'fabrictop_collector_not_resolved_total',
    help: 'Logons whose workstation gave no address.',
    kind: 'counter',
    labels: [],
    samples: one(({ health }) => health.notResolved),
  },
  {
    name: 'fabrictop_collector_ignored_total',
    help: 'Logons that changed nothing, by why.',
    kind: 'counter',
    labels: ['why'],
    samples: ({ health }) => counts('why', health.ignored),
  },
  {
    name: 'fabrictop_collector_feed_total',
    help: 'What came by a feed, by what it was.',
    kind: 'counter',
    labels: ['feed', 'what'],
    samples: ({ feeds }) => feeds.flatMap(({ kind, counts: given }) => counts('what', given, { feed: kind })),
  },
  {
    name: 'fabrictop_collector_dropped_total',
    help: 'What a feed dropped, by why.',
    kind: 'counter',
    labels: ['feed', 'why'],
    samples: ({ feeds }) => feeds.flatMap(({ kind, dropped }) => counts('why', dropped, { feed: kind })),
  },
  {
    name: 'fabrictop_collector_source_up',
    help: 'Whether an agent or other source is heard as it should be.',
    kind: 'gauge',
    labels: ['feed', 'source'],
    samples: ofSources(({ state }) => Number(state !== 'silent')),
  },
  {
    name: 'fabrictop_collector_source_last_heard_timestamp_seconds',
    help: 'When a source was heard last.',
    kind: 'gauge',
    labels: ['feed', 'source'],
    samples: ofSources(({ lastHeard }) => timeOf(lastHeard)),
  },
  {
    name: 'fabrictop_collector_poll_up',
    help: 'Whether the last poll of a domain controller succeeded; absent before there was one.',
    kind: 'gauge',
    labels: polledLabels,
    samples: ofPolled(({ state }) => (state === 'waiting' ? null : Number(state !== 'failed'))),
  },
  {
    name: 'fabrictop_collector_poll_last_timestamp_seconds',
    help: 'When the last poll of a domain controller began that succeeded.',
    kind: 'gauge',
    labels: polledLabels,
    samples: ofPolled(({ lastPoll }) => timeOf(lastPoll)),
  },
  {
    name: 'fabrictop_collector_poll_duration_seconds',
    help: 'How long the last poll of a domain controller took.',
    kind: 'gauge',
    labels: polledLabels,
    samples: ofPolled(({ pollTimes }) => {
      const last = pollTimes.at(-1);
      return last === undefined ? null : last / 1000;
    }),
  },
  {
    name: 'fabrictop_collector_poll_lag_records',
    help: 'Records of an event log that the last poll left unread.',
    kind: 'gauge',
    labels: polledLabels,
    samples: ofPolled(({ lag }) => lag?.records ?? null),
  },
  {
    name: 'fabrictop_collector_poll_lag_seconds',
    help: 'How old the oldest of them can be.',
    kind: 'gauge',
    labels: polledLabels,
    samples: ofPolled(({ lag }) => lag?.seconds ?? null),
  },
  {
    name: 'fabrictop_collector_polls_total',
    help: 'Polls of a domain controller that succeeded.',
    kind: 'counter',
    labels: polledLabels,
    samples: ofPolled(({ polls }) => polls),
  },
  {
    name: 'fabrictop_collector_poll_failures_total',
    help: 'Polls of a domain controller that failed.',
    kind: 'counter',
    labels: polledLabels,
    samples: ofPolled(({ failures }) => failures),
  },
  {
    name: 'fabrictop_collector_poll_lost_total',
    help: 'Records of an event log that were overwritten before they were read.',
    kind: 'counter',
    labels: polledLabels,
    samples: ofPolled(({ lost }) => lost),
  },
  {
    name: 'fabrictop_collector_poll_logons_total',
    help: 'Logons that polls of a domain controller found.',
    kind: 'counter',
    labels: polledLabels,
    samples: ofPolled(({ logons }) => logons),
  },
  {
    name: 'fabrictop_collector_queue_length',
    help: 'Work that waits.',
    kind: 'gauge',
    labels: ['queue'],
    samples: ({ queues }) => queues.map(({ name, length }): Sample => [{ queue: name }, length]),
  },
  {
    name: 'fabrictop_collector_queue_oldest_seconds',
    help: 'How long the oldest of it has waited.',
    kind: 'gauge',
    labels: ['queue'],
    samples: ({ queues }) =>
      queues.map(({ name, oldestMs }): Sample => [{ queue: name }, (oldestMs ?? 0) / 1000]),
  },
  {
    name: 'fabrictop_collector_fortigates',
    help: 'FortiGates that are connected and accepted.',
    kind: 'gauge',
    labels: [],
    samples: one(({ health }) => health.fortigates),
  },
  {
    name: 'fabrictop_collector_fortigate_queued_bytes',
    help: 'Octets that wait because the FortiGate does not read.',
    kind: 'gauge',
    labels: ['identity'],
    samples: ofFortigates(({ queuedBytes }) => queuedBytes),
  },
  {
    name: 'fabrictop_collector_dns_answer_seconds',
    help: 'How long the last answer of a DNS server took.',
    kind: 'gauge',
    labels: ['server'],
    samples: ofServers('dns', ({ lastMs }) => (lastMs === null ? null : lastMs / 1000)),
  },
  {
    name: 'fabrictop_collector_dns_failed_total',
    help: 'Questions that a DNS server did not answer.',
    kind: 'counter',
    labels: ['server'],
    samples: ofServers('dns', ({ failed }) => failed),
  },
  {
    name: 'fabrictop_collector_directory_answer_seconds',
    help: 'How long the last answer of an LDAP server took.',
    kind: 'gauge',
    labels: ['server'],
    samples: ofServers('directories', ({ lastMs }) => (lastMs === null ? null : lastMs / 1000)),
  },
  {
    name: 'fabrictop_collector_directory_failed_total',
    help: 'Searches that an LDAP server did not answer.',
    kind: 'counter',
    labels: ['server'],
    samples: ofServers('directories', ({ failed }) => failed),
  },
  ...forwardMetrics((_: StatusDocument, outlets: readonly OutletStatus[]) => outlets),
];

/** The registry of a collector's metrics. */
export function collectorRegistry(
  status: () => StatusDocument,
  outlets: () => readonly OutletStatus[],
): Promise<Registry> {
  return registryOf(collectorMetrics, () => [status(), outlets()]);
}
