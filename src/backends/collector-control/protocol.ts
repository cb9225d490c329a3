import * as z from 'zod';
import { readLogons, type ToldLogon } from './logon-lines.ts';

/** Bounds of a collector's control socket; ours (docs/control.md). Octets, counts and milliseconds. */
export const collectorControlLimits = {
  /** Connections at the same time, and streams among them. */
  connections: 32,
  streams: 8,
  /** Of the body of a request. */
  body: 65_536,
  /** Rows of one page of logons, where nothing is said and at most. */
  page: 100,
  longestPage: 10_000,
  /** Changed entries, and lines of the log, that wait for a reader who does not keep up. */
  waitingEntries: 100_000,
  waitingLines: 1_000,
  /** What one write to a stream is gathered to, and the entries of one line. */
  chunk: 65_536,
  lineEntries: 100,
  /** Between two looks at what has changed, and between two reports of the status in a stream. */
  gather: 250,
  status: 2_000,
} as const;

/** Counted up when an older program would misunderstand. */
export const collectorControlVersion = 2;

const text = z.string().max(4096);
const time = z.iso.datetime({ precision: 3 });
const count = z.number().min(0);
const counts = z.record(z.string(), count);

/** An entry of the collector. Times are ISO 8601 in UTC; null is not known, or does not happen. */
export const logonDocument = z.object({
  ip: text,
  otherIp: text.nullable(),
  ip6: text.nullable(),
  session: z.int().min(0),
  user: text,
  domain: text,
  workstation: text,
  groups: z.array(text).max(10_000),
  logonTime: time,
  updatedAt: time,
  portRanges: z.array(z.tuple([z.int(), z.int()])).max(10_000),
  feed: text.nullable(),
  agent: text,
  status: z.enum(['ok', 'not-verified']),
  doubt: text.nullable(),
  verifiedAt: time.nullable(),
  nextCheckAt: time.nullable(),
  expiresAt: time.nullable(),
  /** What of Windows it was read from; null where only its feed is known. */
  evidence: z
    .union([
      z.object({ kind: z.literal('session') }),
      z.object({
        kind: z.literal('event'),
        id: count,
        record: count.nullable(),
        log: text.nullable(),
        by: z.enum(['event-log', 'wmi', 'forwarded']),
        logonType: count.nullable(),
      }),
    ])
    .nullable()
    .default(null),
  /** What its workstation said last. */
  lastCheck: z
    .object({
      at: time,
      method: text,
      presence: z.enum(['present', 'absent', 'unknown']),
      code: text.nullable(),
      message: text.nullable(),
      cause: text.nullable().default(null),
      fix: z.array(text).max(100),
    })
    .nullable()
    .default(null),
});

const sourceDocument = z.object({
  address: text,
  /** As it calls itself. */
  name: text.nullable(),
  domain: text.nullable(),
  version: text.nullable(),
  /** `ok`, `silent`, `clock-off`. */
  state: text,
  lastHeard: time.nullable(),
  lastEvent: time.nullable(),
  lastKeepalive: time.nullable(),
  clockSkewSeconds: z.number().nullable(),
  received: count.nullable(),
  logons: count.nullable(),
  bytesPerSecond: count.nullable(),
  /** Events a second in steps of ten seconds, the newest last. */
  history: z.array(count).max(1000).nullable(),
  dropped: counts,
});

/** A machine that a feed asks itself; `agent` of a logon is its name. */
const polledDocument = z.object({
  name: text,
  /** As its login says. */
  domain: text.nullable().default(null),
  /** `netapi`, `event-log`, `wmi`. */
  mode: text,
  log: text.nullable(),
  /** The events that are read; null where sessions are. */
  eventIds: z.array(count).max(1000).nullable().default(null),
  /** `waiting`, `ok`, `behind`, `slow`, `failed`. */
  state: text,
  means: text.nullable(),
  polls: count,
  failures: count,
  lastPoll: time.nullable(),
  nextPoll: time.nullable(),
  periodMs: count,
  /** A person chose it; a collector of before does not say. */
  periodIsChosen: z.boolean().default(false),
  /** Milliseconds that the last polls took, the newest last. */
  pollTimes: z.array(count).max(1000),
  lastEvent: time.nullable(),
  bookmark: z.number().nullable(),
  lag: z.object({ records: count, seconds: count }).nullable(),
  lost: count,
  sessions: count.nullable(),
  logons: count,
  logonsPerMinute: count,
  clockSkewSeconds: z.number().nullable(),
  misses: text,
  problem: z
    .object({
      stage: text,
      code: z.union([z.number(), text]).nullable(),
      message: text,
      cause: text,
      fix: z.array(text).max(100),
    })
    .nullable(),
});

const feedDocument = z.object({
  kind: text,
  listening: z.array(text).max(100),
  /** `idle`: it neither listens nor asks. */
  state: z.enum(['ok', 'idle', 'failed']),
  /** Why it hears nothing. */
  problem: text.nullable(),
  lastEvent: time.nullable(),
  counts,
  dropped: counts,
  sources: z.array(sourceDocument).max(100_000),
  /** Absent: it asks nobody. */
  polled: z.array(polledDocument).max(10_000).optional(),
});

const serverDocument = z.object({
  server: text,
  domain: text.nullable(),
  /** In words, such as `ok`, `failed`. */
  state: text,
  lastMs: count.nullable(),
  averageMs: count.nullable(),
  asked: count.nullable(),
  failed: count.nullable(),
  lastAnswer: time.nullable(),
  problem: text.nullable(),
});

/** What a collector tells of itself; each list is also a path of its own. */
export const statusDocument = z.object({
  health: z.object({
    version: z.int(),
    program: text,
    pid: z.int(),
    write: z.boolean(),
    startedAt: time,
    time,
    entries: count,
    /** Entries whose last check did not confirm them. */
    notVerified: count,
    notResolved: count,
    /** Logons that changed nothing, by why. */
    ignored: counts,
    /** What the checks found since the start; null for one that is off. */
    checks: z.object({ address: counts.nullable(), workstation: counts.nullable() }),
    /** The logon cache; null where none is kept. */
    cache: z
      .object({ directory: text, restored: count, savedAt: time.nullable(), failure: text.nullable() })
      .nullable(),
    fortigates: count,
    agents: count,
    silentAgents: count,
    /** Domain controllers that nobody reports for. */
    unreportedControllers: z.array(text).max(10_000),
  }),
  feeds: z.array(feedDocument).max(1000),
  'domain-controllers': z
    .array(
      z.object({
        name: text,
        domain: text.nullable(),
        addresses: z.array(text).max(100),
        /** Who reports for it; null: nobody does. */
        agent: text.nullable(),
        lastEvent: time.nullable(),
      }),
    )
    .max(10_000),
  directories: z.array(serverDocument).max(10_000),
  dns: z.array(serverDocument).max(1000),
  fortigates: z
    .array(
      z.object({
        peer: text,
        identity: text.nullable(),
        name: text.nullable(),
        state: z.enum(['waiting-hello', 'established', 'closing']),
        connectedAt: time,
        lastHeard: time,
        lastEvent: time.nullable(),
        events: count,
        bulks: count,
        queuedBytes: count,
        queuedEvents: count.nullable(),
        unknown: count,
        /** Who gave the filter that decides what it is told of, and how many groups that names; null: it is told of all. */
        filter: z.object({ from: text, groups: count }).nullable(),
      }),
    )
    .max(1000),
  queues: z.array(z.object({ name: text, length: count, oldestMs: count.nullable() })).max(1000),
});

const rareLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), status: statusDocument }),
  z.object({ kind: z.literal('logoff'), ip: text, session: z.int().min(0) }),
  /** Every entry of the beginning was sent. */
  z.object({ kind: z.literal('complete'), logons: count }),
  /** Something happened; what else it has stands beside it. */
  z.looseObject({
    kind: z.literal('event'),
    time,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    msg: text,
  }),
  /** So many lines of the log were left out, because they were not read in time. */
  z.object({ kind: z.literal('lost'), events: count }),
  /** The reader does not keep up with changes of entries; the stream ends. */
  z.object({ kind: z.literal('overflow') }),
]);

export type LogonDocument = z.infer<typeof logonDocument>;
export type StatusDocument = z.infer<typeof statusDocument>;
/** One line of `GET /watch`; `GET /events` has the `event` lines only. */
export type StreamLine =
  | z.infer<typeof rareLine>
  /** Entries that are there, or have changed. */
  | { readonly kind: 'logons'; readonly logons: readonly ToldLogon[] };

/** The JSON of one line of a stream, checked; null where it is none of these. */
export function readStreamLine(json: unknown): StreamLine | null {
  const line = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (line['kind'] !== 'logons') return rareLine.safeParse(line).data ?? null;
  const logons = readLogons(line);
  return logons && { kind: 'logons', logons };
}

/** The lists of a status that are paths of their own. */
export const statusParts = [
  'health',
  'feeds',
  'domain-controllers',
  'directories',
  'dns',
  'fortigates',
  'queues',
] as const satisfies readonly (keyof StatusDocument)[];
