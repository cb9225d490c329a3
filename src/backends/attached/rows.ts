import type { ComponentRow, ComponentState, EntryRow } from '../../state/changes.ts';
import type { ToldLogon } from '../collector-control/logon-lines.ts';
import type { StatusDocument } from '../collector-control/protocol.ts';
import { added, counted, drops, facts, moment, ms, spaced, sum, text, timeOf, total } from './facts.ts';
import { type EventIds, seenBy } from './seen-by.ts';

/** An LDAP or DNS server is slow from the first of these milliseconds on, and very slow from the second (docs/protocol/fsso.md). */
export const answerBands = { slow: 500, verySlow: 1_000 } as const;

/** What of a row is not said of the component. */
const blank = {
  lastEvent: null,
  history: null,
  bytesPerSecond: null,
  answerMs: null,
  load: null,
  oldestMs: null,
  dropped: null,
  problem: null,
  nextTryAt: null,
} as const;

type Fortigate = StatusDocument['fortigates'][number];

type Parts = Omit<ComponentRow, 'id' | 'collector' | keyof typeof blank> & Partial<ComponentRow>;

/** A row of a component of this collector. */
export function componentRow(collector: string, parts: Parts): ComponentRow {
  return { ...blank, ...parts, id: `${collector}|${parts.kind}|${parts.name}`, collector };
}

export function entryId(collector: string, ip: string, session: number): string {
  return `${collector}|${ip}|${session}`;
}

export function entryRow(collector: string, told: ToldLogon, eventIds: EventIds): EntryRow {
  return {
    ...told,
    id: entryId(collector, told.ip, told.session),
    collector,
    ways: seenBy(told, eventIds),
  };
}

/** Every component that a status tells of, the collector itself first. */
export function componentRows(collector: string, status: StatusDocument): ComponentRow[] {
  return [
    collectorRow(collector, status),
    ...status.feeds.flatMap((feed) => feedRows(collector, feed)),
    ...status['domain-controllers'].map((dc) => controllerRow(collector, dc)),
    ...status.directories.map((server) => serverRow(collector, 'ldap', server)),
    ...status.dns.map((server) => serverRow(collector, 'dns', server)),
    ...status.fortigates.map((fortigate) => fortigateRow(collector, fortigate, status.fortigates)),
    ...status.queues.map((queue) =>
      componentRow(collector, {
        kind: 'queue',
        name: queue.name,
        state: queue.length > 0 ? 'ok' : 'idle',
        load: { amount: queue.length, unit: 'waiting' },
        oldestMs: queue.oldestMs,
        facts: facts(counted('Waiting', queue.length), ms('Oldest', queue.oldestMs)),
      }),
    ),
  ];
}

function collectorRow(collector: string, { health, feeds }: StatusDocument): ComponentRow {
  const dropped = feeds.reduce((total, feed) => total + sum(feed.dropped), 0);
  return componentRow(collector, {
    kind: 'collector',
    name: collector,
    state: 'connected',
    load: { amount: health.entries, unit: 'entries' },
    dropped,
    facts: facts(
      text('Version', health.program),
      counted('Process', health.pid, false),
      moment('Started', health.startedAt),
      text('May be changed', health.write ? 'yes' : 'no: it runs without --write'),
      counted('Entries', health.entries),
      counted('Not verified', health.notVerified),
      counted('Not resolved', health.notResolved),
      text('Ignored', each(health.ignored)),
      text('Addresses', each(health.checks.address)),
      text('Workstations', each(health.checks.workstation)),
      counted('FortiGates', health.fortigates),
      ...(health.cache === null
        ? []
        : [
            text('Cache', health.cache.directory),
            counted('Restored', health.cache.restored),
            moment('Cache saved', health.cache.savedAt),
            text('Cache fails', health.cache.failure ?? ''),
          ]),
      counted('Agents', health.agents),
      counted('Silent agents', health.silentAgents),
      text('Not reported', health.unreportedControllers.join(', ')),
    ),
  });
}

/** `moved 3, failed 0`; empty where there is nothing to count. */
function each(counts: Readonly<Record<string, number>> | null): string {
  return Object.entries(counts ?? {})
    .map(([name, count]) => `${name.replaceAll('-', ' ')} ${count}`)
    .join(', ');
}

function feedRows(collector: string, feed: StatusDocument['feeds'][number]): ComponentRow[] {
  const events = feed.sources.map(({ lastEvent }) => timeOf(lastEvent)).filter((time) => time !== null);
  const lastEvent = timeOf(feed.lastEvent) ?? (events.length === 0 ? null : Math.max(...events));
  const own = componentRow(collector, {
    kind: 'feed',
    name: feed.kind,
    state: feed.state,
    lastEvent,
    history: added(feed.sources.flatMap(({ history }) => (history === null ? [] : [history]))),
    bytesPerSecond: total(feed.sources.map(({ bytesPerSecond }) => bytesPerSecond)),
    dropped: sum(feed.dropped),
    facts: facts(
      text('Listens on', feed.listening.join(', ')),
      text('Problem', feed.problem ?? ''),
      moment('Last event', lastEvent),
      counted('Sources', feed.sources.length),
      ...Object.entries(feed.counts).map(([name, value]) => counted(spaced(name), value)),
      ...drops(feed.dropped),
    ),
  });
  return [own, ...feed.sources.map((source) => sourceRow(collector, feed.kind, source))];
}

const sourceStates: Readonly<Record<string, ComponentState>> = {
  ok: 'ok',
  silent: 'silent',
  'clock-off': 'clock-off',
};

function sourceRow(
  collector: string,
  feed: string,
  source: StatusDocument['feeds'][number]['sources'][number],
): ComponentRow {
  return componentRow(collector, {
    kind: 'agent',
    // One address may be heard by two feeds.
    name: feed === 'agents' ? source.address : `${source.address} ${feed}`,
    state: sourceStates[source.state] ?? 'ok',
    lastEvent: timeOf(source.lastEvent),
    history: source.history,
    bytesPerSecond: source.bytesPerSecond,
    dropped: sum(source.dropped),
    facts: facts(
      text('Feed', feed),
      text('Name', source.name ?? ''),
      text('Domain', source.domain ?? ''),
      text('Version', source.version ?? ''),
      moment('Last event', source.lastEvent),
      moment('Last heard', source.lastHeard),
      moment('Last keepalive', source.lastKeepalive),
      ['Clock', { kind: 'seconds', value: source.clockSkewSeconds ?? 0 }],
      counted('Received', source.received),
      counted('Logons', source.logons),
      ...drops(source.dropped),
    ),
  });
}

function controllerRow(
  collector: string,
  { name, domain, addresses, agent, lastEvent }: StatusDocument['domain-controllers'][number],
): ComponentRow {
  return componentRow(collector, {
    kind: 'dc',
    name,
    state: agent === null ? 'not-reported' : 'ok',
    lastEvent: timeOf(lastEvent),
    facts: facts(
      text('Domain', domain ?? ''),
      text('Addresses', addresses.join(', ')),
      text('Reported by', agent ?? 'nobody: logons there are not seen'),
      moment('Last event', lastEvent),
    ),
  });
}

function serverRow(
  collector: string,
  kind: 'ldap' | 'dns',
  server: StatusDocument['dns'][number],
): ComponentRow {
  const { lastMs, problem } = server;
  return componentRow(collector, {
    kind,
    name: server.domain === null ? server.server : `${server.server} ${server.domain}`,
    state: serverState(server),
    lastEvent: timeOf(server.lastAnswer),
    answerMs: lastMs,
    dropped: server.failed,
    facts: facts(
      text('Domain', server.domain ?? ''),
      text('State', server.state),
      ms('Last answer took', lastMs),
      ms('On average', server.averageMs),
      moment('Last answer', server.lastAnswer),
      counted('Asked', server.asked),
      counted('Failed', server.failed),
      text('Problem', problem ?? ''),
    ),
  });
}

function serverState({ state, lastMs }: StatusDocument['dns'][number]): ComponentState {
  if (state === 'failed') return 'failed';
  if (lastMs === null) return 'idle';
  if (lastMs >= answerBands.verySlow) return 'very-slow';
  return lastMs >= answerBands.slow ? 'slow' : 'ok';
}

const fortigateStates: Readonly<Record<StatusDocument['fortigates'][number]['state'], ComponentState>> = {
  'waiting-hello': 'waiting-hello',
  established: 'ok',
  closing: 'closing',
};

/** Its identity; where it is not known, or has two connections, its address. */
function fortigateName({ identity, peer }: Fortigate, all: readonly Fortigate[]): string {
  if (identity === null) return peer;
  const isAlone = all.every((each) => each.peer === peer || each.identity !== identity);
  return isAlone ? identity : `${identity} ${peer}`;
}

/** The `address:port` of a FortiGate by the id of its row; null where it is not connected. */
export function peerOf(collector: string, status: StatusDocument, id: string): string | null {
  const { fortigates } = status;
  const meant = (each: Fortigate) => `${collector}|fortigate|${fortigateName(each, fortigates)}` === id;
  return fortigates.find(meant)?.peer ?? null;
}

function fortigateRow(collector: string, fortigate: Fortigate, all: readonly Fortigate[]): ComponentRow {
  const { identity, peer, filter } = fortigate;
  return componentRow(collector, {
    kind: 'fortigate',
    name: fortigateName(fortigate, all),
    state: fortigateStates[fortigate.state],
    lastEvent: timeOf(fortigate.lastEvent),
    load: { amount: fortigate.queuedBytes, unit: 'bytes' },
    facts: facts(
      text('Identity', identity ?? ''),
      text('Name', fortigate.name ?? ''),
      text('Address', peer),
      moment('Connected', fortigate.connectedAt),
      moment('Last heard', fortigate.lastHeard),
      moment('Last event', fortigate.lastEvent),
      counted('Events sent', fortigate.events),
      counted('Bulks sent', fortigate.bulks),
      ['Waiting bytes', { kind: 'bytes', value: fortigate.queuedBytes }],
      counted('Waiting events', fortigate.queuedEvents),
      counted('Not understood', fortigate.unknown),
      text(
        'Filter',
        filter === null ? 'none, it is told of all' : `${filter.groups} groups, of the ${filter.from}`,
      ),
    ),
  });
}
