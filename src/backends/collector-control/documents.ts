import type { LastCheck } from '../../fsso/collector/checks/workstation-check.ts';
import type { Collector } from '../../fsso/collector/collector.ts';
import type { DnsServerHealth } from '../../fsso/collector/dns-servers.ts';
import type { Entry } from '../../fsso/collector/entry.ts';
import type { FeedHealth, PolledController, SourceHealth } from '../../fsso/collector/feeds/feed.ts';
import type { FortigateHealth } from '../../fsso/collector/session-context.ts';
import type { CollectorStatus } from '../../fsso/collector/status.ts';
import type { DirectoryServerHealth } from '../../fsso/directory/client.ts';
import type { EntryFacts } from '../../query/entry-fields.ts';
import { version } from '../../version.ts';
import type { ToldLogon } from './logon-lines.ts';
import { collectorControlVersion, type LogonDocument, type StatusDocument } from './protocol.ts';

/** What a status has beside what the collector itself knows. Times are milliseconds since the epoch. */
export interface Surroundings {
  readonly now: number;
  readonly startedAt: number;
  readonly write: boolean;
}

/** The last moment with a year of four digits. */
const latest = Date.UTC(10_000, 0) - 1;

function iso(time: number): string;
function iso(time: number | null): string | null;
function iso(time: number | null): string | null {
  return time === null ? null : new Date(Math.max(0, Math.min(time, latest))).toISOString();
}

/** Who knows how sure an entry is, and until when: the collector. */
export type Judge = Pick<Collector, 'dispositionOf'>;

/** What queries ask of an entry. */
export function entryFacts(entry: Entry, judge: Judge): EntryFacts {
  const { user, domain, ip, workstation, session, terminal, agent, feed, updatedAt } = entry;
  const { status, expiresAt, addressCheckAt, workstationCheckAt } = judge.dispositionOf(entry);
  const checks = [addressCheckAt, workstationCheckAt].filter((time) => time !== null);
  return {
    collector: '',
    user,
    domain,
    ip,
    workstation,
    groups: entry.groups.names,
    session,
    portRanges: terminal?.portRanges ?? [],
    feed,
    agent,
    logonTime: entry.logonTime * 1000,
    updatedAt,
    status,
    nextCheckAt: checks.length === 0 ? null : Math.min(...checks),
    expiresAt,
  };
}

/** An entry as a stream tells of it. */
export function toldLogonOf(entry: Entry, judge: Judge): ToldLogon {
  const { otherIp, ip6, doubt, verifiedAt, evidence = null } = entry;
  const { lastCheck } = judge.dispositionOf(entry);
  return { ...entryFacts(entry, judge), otherIp, ip6, doubt, verifiedAt, lastCheck, evidence };
}

export function logonDocumentOf(entry: Entry, judge: Judge): LogonDocument {
  const facts = entryFacts(entry, judge);
  return {
    ip: entry.ip,
    otherIp: entry.otherIp,
    ip6: entry.ip6,
    session: entry.session,
    user: entry.user,
    domain: entry.domain,
    workstation: entry.workstation,
    groups: [...entry.groups.names],
    logonTime: iso(facts.logonTime),
    updatedAt: iso(facts.updatedAt),
    portRanges: facts.portRanges.map(([first, last]) => [first, last]),
    feed: facts.feed,
    agent: entry.agent,
    status: facts.status,
    doubt: entry.doubt,
    verifiedAt: iso(entry.verifiedAt),
    nextCheckAt: iso(facts.nextCheckAt),
    expiresAt: iso(facts.expiresAt),
    evidence: entry.evidence ?? null,
    lastCheck: lastCheckOf(judge.dispositionOf(entry).lastCheck),
  };
}

function lastCheckOf(last: LastCheck | null): LogonDocument['lastCheck'] {
  if (last === null) return null;
  const { at, method, presence, problem } = last;
  return {
    at: iso(at),
    method,
    presence,
    code: problem === null || problem.code === null ? null : String(problem.code),
    message: problem?.message ?? null,
    cause: problem?.cause ?? null,
    fix: [...(problem?.fix ?? [])],
  };
}

export function statusDocumentOf(status: CollectorStatus, around: Surroundings): StatusDocument {
  const { now, startedAt, write } = around;
  const sources = status.feeds.flatMap((feed) => feed.sources);
  return {
    health: {
      version: collectorControlVersion,
      program: version,
      pid: process.pid,
      write,
      startedAt: iso(startedAt),
      time: iso(now),
      entries: status.entries,
      notVerified: status.notVerified,
      notResolved: status.notResolved,
      ignored: { ...status.ignored },
      checks: {
        address: status.checks.address && { ...status.checks.address },
        workstation: status.checks.workstation && { ...status.checks.workstation },
      },
      cache: status.cache && {
        directory: status.cache.directory,
        restored: status.cache.restored,
        savedAt: iso(status.cache.savedAt),
        failure: status.cache.failure,
      },
      fortigates: status.fortigates.filter(({ state }) => state === 'established').length,
      agents: sources.length,
      silentAgents: sources.filter(({ silent }) => silent).length,
      unreportedControllers: status.domainControllers.flatMap(({ name, reportedBy }) =>
        reportedBy === null ? [name] : [],
      ),
    },
    feeds: status.feeds.map(feedOf),
    'domain-controllers': status.domainControllers.map(
      ({ name, domain, addresses, reportedBy, lastHeard }) => ({
        name,
        domain,
        addresses: addresses.slice(0, 100),
        agent: reportedBy,
        lastEvent: iso(lastHeard),
      }),
    ),
    directories: status.directories.flatMap(({ name, servers }) =>
      servers.map((server) => directoryServerOf(name, server)),
    ),
    dns: status.dns.map(dnsServerOf),
    fortigates: status.fortigates.map(fortigateOf),
    queues: status.queues.map(({ name, length, oldestMs }) => ({ name, length, oldestMs })),
  };
}

function feedOf(feed: FeedHealth): StatusDocument['feeds'][number] {
  const { kind, listening, sources, counts, dropped, polled, problem = null } = feed;
  const lastLogon = sources.reduce<number | null>(
    (last, source) => (source.lastLogon === null ? last : Math.max(last ?? 0, source.lastLogon)),
    null,
  );
  return {
    kind,
    listening: [...listening],
    state: feedState(feed),
    problem: problem?.message ?? null,
    lastEvent: iso(lastLogon),
    counts: { ...counts },
    dropped: { ...dropped },
    sources: sources.map(sourceOf),
    ...(polled && { polled: polled.map(polledOf) }),
  };
}

/** One that opens no port asks: a directory, or domain controllers. */
function feedState({ listening, polled, problem }: FeedHealth): 'ok' | 'idle' | 'failed' {
  if (problem) return 'failed';
  if (polled && polled.length > 0) return polled.every(({ state }) => state === 'failed') ? 'failed' : 'ok';
  return listening.length > 0 || problem === null ? 'ok' : 'idle';
}

function polledOf({
  lastPoll,
  nextPoll,
  lastEvent,
  pollTimes,
  eventIds,
  clockSkew,
  lag,
  problem,
  ...controller
}: PolledController): NonNullable<StatusDocument['feeds'][number]['polled']>[number] {
  return {
    ...controller,
    lastPoll: iso(lastPoll),
    nextPoll: iso(nextPoll),
    lastEvent: iso(lastEvent),
    pollTimes: [...pollTimes],
    eventIds: eventIds && [...eventIds],
    clockSkewSeconds: clockSkew,
    lag: lag && { ...lag },
    problem: problem && { ...problem, fix: [...problem.fix] },
  };
}

function sourceOf(source: SourceHealth): StatusDocument['feeds'][number]['sources'][number] {
  const dropped = Object.values(source.dropped).reduce((sum, count) => sum + count, 0);
  const notUnderstood = source.bad - dropped;
  return {
    address: source.address,
    name: null,
    domain: source.domain,
    version: source.version,
    state: source.silent ? 'silent' : source.clockIsOff ? 'clock-off' : 'ok',
    lastHeard: iso(source.lastHeard),
    lastEvent: iso(source.lastLogon),
    lastKeepalive: iso(source.lastKeepalive),
    clockSkewSeconds: source.clockSkew,
    received: source.datagrams,
    logons: source.logons,
    bytesPerSecond: source.bytesPerSecond,
    history: [...source.eventsPerSecond],
    dropped: { ...source.dropped, ...(notUnderstood > 0 && { 'not-understood': notUnderstood }) },
  };
}

function fortigateOf(fortigate: FortigateHealth): StatusDocument['fortigates'][number] {
  const { peer, identity, name, state, events, bulks, queuedBytes, unknown } = fortigate;
  return {
    peer,
    identity,
    name,
    state,
    connectedAt: iso(fortigate.connectedAt),
    lastHeard: iso(fortigate.lastHeard),
    lastEvent: iso(fortigate.lastEvent),
    events,
    bulks,
    queuedBytes,
    queuedEvents: null,
    unknown,
    filter: fortigate.filter && { from: fortigate.filter.source, groups: fortigate.filter.groups },
  };
}

function directoryServerOf(
  domain: string,
  { server, state, lastMs, averageMs, answers, failures, lastAnswerAt, problem }: DirectoryServerHealth,
): StatusDocument['directories'][number] {
  return {
    server,
    domain,
    state,
    lastMs,
    averageMs,
    asked: answers + failures,
    failed: failures,
    lastAnswer: iso(lastAnswerAt),
    problem: problem?.message ?? null,
  };
}

function dnsServerOf(server: DnsServerHealth): StatusDocument['dns'][number] {
  const { address, asked, failed, lastMs, averageMs, error, isResting } = server;
  return {
    server: address,
    domain: null,
    state: isResting ? 'failed' : 'ok',
    lastMs,
    averageMs,
    asked,
    failed,
    lastAnswer: null,
    problem: error,
  };
}
