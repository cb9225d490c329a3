import type { Clock } from '../../../clock.ts';
import type { LogonEvidence } from '../../../logon-evidence.ts';
import type { Problem } from '../../../problem.ts';
import type { PollMode } from '../../windows/reading.ts';
import type { PortRange } from '../../wire/messages.ts';
import type { DomainNames } from '../domain-names.ts';
import type { DroppedBecause, Report } from '../events.ts';
import type { DirectoryHealth } from '../groups/directory.ts';
import type { Listening, ListeningSide } from '../listeners.ts';
import type { AgentSourceSettings } from './agent-sources.ts';
import type { PollPace } from './polling/schedule.ts';
import type { DatagramTrace } from './trace.ts';

/** What kind of reporter told of a logon. */
export type FeedKind =
  | 'dc-agent'
  | 'ts-agent'
  | 'edirectory'
  | 'poller'
  | 'syslog'
  | 'radius'
  | 'exchange'
  | 'ntlm';

/** A logon as a feed reports it; what is null has to be found out. Names are as they came: not safe, not bounded. */
export interface FeedLogon {
  /** IPv4; null: the workstation has to be resolved. */
  readonly ip: string | null;
  /** Second IPv4 address of the workstation. */
  readonly otherIp: string | null;
  /** Kept and shown, never sent on: a FortiGate is told of IPv4 addresses only. */
  readonly ip6: string | null;
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  /** Unix seconds, already believed by the feed. */
  readonly logonTime: number;
  /** Present for a user of a terminal server. */
  readonly terminal: { readonly session: number; readonly portRanges: readonly PortRange[] } | null;
  /** The user's groups where the reporter knows them. */
  readonly groups: readonly string[] | null;
  readonly feed: FeedKind;
  /** Address or name of the reporter. */
  readonly agent: string;
  /** What of Windows it was read from; absent or null: nothing that says more than its feed. */
  readonly evidence?: LogonEvidence | null;
}

/** A logoff as a feed reports it. */
export interface FeedLogoff {
  /** IPv4. */
  readonly ip: string;
  /** 0 where there is none. */
  readonly session: number;
  /** null: whoever is there. */
  readonly user: string | null;
  /** Unix seconds. */
  readonly time: number;
  readonly feed: FeedKind;
  /** Address or name of the reporter. */
  readonly agent: string;
}

/** Takes what feeds report, in the order in which it arrived. Never throws. */
export interface FeedSink {
  logon(logon: FeedLogon): void;
  logoff(logoff: FeedLogoff): void;
}

/** A port that a feed has opened. */
export interface FeedListening extends Listening {
  readonly side: ListeningSide;
  /** Bytes that the system holds for it, where that matters. */
  readonly receiveBuffer?: number;
}

/** One reporter as what it sent shows it. Times are milliseconds since the epoch by our clock. */
export interface SourceHealth {
  readonly address: string;
  /** Its domain or name as it calls itself; null until it did. */
  domain: string | null;
  version: string | null;
  lastHeard: number;
  /** null for one that never sent any. */
  lastKeepalive: number | null;
  /** Datagrams, lines or requests. */
  datagrams: number;
  bytes: number;
  /** In each complete step of ten seconds, oldest first, five minutes at most. */
  readonly eventsPerSecond: readonly number[];
  /** In the last complete step of ten seconds; null before there is one. */
  readonly bytesPerSecond: number | null;
  logons: number;
  /** When it last told of a logon; null before it did. */
  lastLogon: number | null;
  /** What was dropped or not understood. */
  bad: number;
  /** What was dropped of it, by why. */
  readonly dropped: Readonly<Partial<Record<DroppedBecause, number>>>;
  /** Its clock minus ours in seconds, when it was last heard. */
  clockSkew: number;
  /** The skew is beyond what its times are believed for. */
  clockIsOff: boolean;
  /** It used to send keepalives, and three are missing. */
  silent: boolean;
}

/** `behind`: the log grows faster than it is read; `slow`: a poll takes longer than the mode can do with. */
export type PolledState = 'waiting' | 'ok' | 'behind' | 'slow' | 'failed';

/** A domain controller, or another machine with an event log, that a feed polls. Times are milliseconds since the epoch. */
export interface PolledController {
  /** As it is configured or as DNS names it; its source has the same address. */
  readonly name: string;
  /** DNS name of the domain that it belongs to, as its login says; null where that does not. */
  readonly domain: string | null;
  readonly mode: PollMode;
  /** Name of the event log that is read; null where sessions are. */
  readonly log: string | null;
  /** The events of it that are read; null where sessions are. */
  readonly eventIds: readonly number[] | null;
  readonly state: PolledState;
  /** How it is reached, in a few words; null while it is not. */
  readonly means: string | null;
  readonly polls: number;
  readonly failures: number;
  /** When the last poll began that came to its end; null before there was one. */
  readonly lastPoll: number | null;
  /** When the next one begins; null while one is under way. */
  readonly nextPoll: number | null;
  /** Milliseconds between two polls, as it is now. */
  readonly periodMs: number;
  /** A person chose it while it runs; else it is configured. */
  readonly periodIsChosen: boolean;
  /** Milliseconds that each of the last polls took, oldest first, 30 at most. */
  readonly pollTimes: readonly number[];
  /** Time of the last event that was read, by our clock; null before there was one, and where sessions are read. */
  readonly lastEvent: number | null;
  /** The record up to which the log has been read. */
  readonly bookmark: number | null;
  /** What of the log is not read yet, as it was at the last poll, and how old the oldest of it can be; null where sessions are read. */
  readonly lag: { readonly records: number; readonly seconds: number } | null;
  /** Records that were overwritten before they were read. */
  readonly lost: number;
  /** Sessions of people that the last poll found; null where a log is read. */
  readonly sessions: number | null;
  readonly logons: number;
  readonly logonsPerMinute: number;
  /** Its clock minus ours in seconds; null where it does not say. */
  readonly clockSkew: number | null;
  /** What this mode cannot see, one sentence. */
  readonly misses: string;
  /** Why the last poll failed; null where it did not. */
  readonly problem: Problem | null;
}

/** A copy of what is known of a feed. */
export interface FeedHealth {
  readonly kind: string;
  /** `address:port` of each open port. */
  readonly listening: readonly string[];
  readonly sources: readonly SourceHealth[];
  /** Since the start, under the feed's own names. */
  readonly counts: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Partial<Record<DroppedBecause, number>>>;
  /** Whom it asks; absent for one that is told. */
  readonly polled?: readonly PolledController[];
  /** The directory that it asks; absent where it asks none. */
  readonly directory?: DirectoryHealth;
  /** Why nothing comes of it now, where that is not seen from its ports: the directory or the controllers it needs; null where it does. */
  readonly problem?: Problem | null;
}

/** A way in which logons come to a collector. */
export interface Feed {
  readonly kind: string;
  /** Opens its ports. Rejects with ListenFailure, and then none is open. */
  start(): Promise<readonly FeedListening[]>;
  /** Takes what has arrived, then closes; nothing is reported afterwards. */
  stop(): Promise<void>;
  /** Takes other sources of agents; absent where that is none of its business. */
  retune?(agents: AgentSourceSettings): void;
  readonly health: FeedHealth;
  /** For one that asks the domain controllers that DNS names: they were looked for again. */
  takeControllers?(): void;
  /** For one that asks: another configured rhythm. */
  setPace?(pace: PollPace): void;
  /** For one that asks: a period before every configured one, in seconds; null ends that. */
  setPeriod?(seconds: number | null): void;
}

/** What a collector gives each of its feeds. */
export interface FeedContext {
  readonly clock: Clock;
  readonly sink: FeedSink;
  readonly report: Report;
  /** Follows what agents send; absent or null: nobody does. */
  readonly trace?: DatagramTrace | null;
  /** What domains are called; absent: as they are written. */
  readonly names?: DomainNames;
  /** The domain controllers that are found in DNS; absent: none are looked for. */
  readonly controllers?: () => readonly {
    readonly domain: string;
    readonly name: string;
    /** IPv4. */
    readonly addresses: readonly string[];
  }[];
}

/** Makes a feed. Throws RangeError for an option that cannot be used, in one line. */
export type MakeFeed = (context: FeedContext) => Feed;
