import type { Problem } from '../../problem.ts';
import type { SeenCertificate } from '../network/tls.ts';
import type { StrategyName } from '../wire/auth.ts';
import type { Logon } from './logon-table.ts';
import type { Stage } from './stages.ts';

/** State of one link (docs/protocol/fsso.md, State machines). `standby`: not tried yet, or left in good order. */
export type LinkState =
  | 'idle'
  | 'connecting'
  | 'securing'
  | 'waiting-hello'
  | 'hello-sent'
  | 'online'
  | 'refused'
  | 'stalled'
  | 'lost'
  | 'failed'
  | 'standby';

/** How the latest attempt at a collector went. Nothing in it is secret, and texts of the peer are not made safe. */
export interface Handshake {
  readonly stages: readonly Stage[];
  /** What it showed over TLS. */
  readonly certificate: SeenCertificate | null;
  /** What the collector calls itself, beside its banner. */
  readonly collectorIdentity: string | null;
  /** Bytes of its challenge. */
  readonly challengeLength: number | null;
  /** The challenge is all zeros: no password is asked for. */
  readonly challengeIsEmpty: boolean | null;
  /** How the response is made. */
  readonly strategy: StrategyName;
  /** `SERIAL-VDOM`, as we present it. */
  readonly identity: string;
  /** Status of the authentication result; `implicit`: data came without one. */
  readonly verdict: number | 'implicit' | null;
}

/** The latest probe of a collector that is not in use: connection and hello, never a login. */
export interface ProbeReport {
  /** When it ended; null before the first one. */
  readonly at: number | null;
  /** Its stages. */
  readonly stages: readonly Stage[];
  readonly problem: Problem | null;
  /** When the next one is due; null while none is. */
  readonly nextAt: number | null;
}

/** One configured collector of a connector, as last seen. Times are milliseconds since the epoch. */
export interface LinkReport {
  /** `host:port`. */
  readonly server: string;
  /** Place in the connector's list, counted from 1. */
  readonly position: number;
  /** The connector takes its logons from this one. */
  readonly active: boolean;
  readonly state: LinkState;
  /** Banner of its last hello, as received; null until there was one. */
  readonly version: string | null;
  /** When `state` began. */
  readonly since: number;
  /** When the last byte came. */
  readonly lastHeard: number | null;
  readonly nextTryAt: number | null;
  /** It refused us, and is not asked again before this time. */
  readonly restsUntil: number | null;
  /** Logons of the table that came from it. */
  readonly logons: number;
  /** Events taken from it since the connector was made. */
  readonly events: number;
  /** Sequence numbers missed since the link came up. */
  readonly gaps: number;
  /** Messages and attributes that were not understood since the link came up. */
  readonly unknown: number;
  /** Logoffs from it that matched no logon, and logons without a user, since the connector was made. */
  readonly orphans: number;
  /** Logons from it that were not taken, because the table was full. */
  readonly refused: number;
  /** Milliseconds that its clock is ahead of ours, negative where it is behind; null before it reported a logon as it happened. */
  readonly clockSkewMs: number | null;
  /** Of the latest attempt, or of a probe that came after it. */
  readonly problem: Problem | null;
  /** Of the latest attempt to log in; null before there was one. */
  readonly handshake: Handshake | null;
  /** Null where standby collectors are not probed. */
  readonly probe: ProbeReport | null;
  /** When the latest attempts to log in began, newest last, a minute back at most. */
  readonly attempts: readonly number[];
  /** Logons that came from it go then, because the link is lost. */
  readonly keptUntil: number | null;
  /** Since when the connector is at another collector than the first; null on links that are not in use. */
  readonly failedOverAt: number | null;
}

/** Why a logon came or changed. `stale`: its link is lost; `ports`: its `overlaps` changed. What a list merely repeats is not reported. */
export type PutReason = 'new' | 'replaced' | 'updated' | 'stale' | 'ports';
/** Why a logon went. `not-listed`: a complete list did not name it. */
export type RemoveReason = 'logoff' | 'not-listed' | 'expired' | 'cleared';

/** What a connector reports. */
export type FssoChange =
  | { kind: 'link'; link: LinkReport }
  | {
      kind: 'logon';
      op: 'put';
      logon: Logon;
      why: PutReason;
      /** Who was there before. */
      previous: Logon | null;
      /** It came in an EVENT, not as part of a list. */
      live: boolean;
    }
  | { kind: 'logon'; op: 'remove'; logon: Logon; why: RemoveReason }
  /** A list is complete: how many records it had and what it changed. */
  | { kind: 'bulk-complete'; server: string; records: number; added: number; removed: number }
  | { kind: 'event'; event: ConnectorEvent };

/** What happened to a connector, for a log. */
export type ConnectorEvent =
  | { name: 'connected'; server: string; version: string | null; implicit: boolean }
  | { name: 'disconnected'; server: string; problem: Problem | null; kept: number }
  /** An attempt did not come up. Said once for each kind of problem until the collector was online again. */
  | { name: 'attempt-failed'; server: string; problem: Problem }
  /** Every collector was tried without success. */
  | { name: 'round-failed'; nextTryAt: number }
  /** A collector that is not in use turned out to be unusable, or to be usable again. */
  | { name: 'standby-failed'; server: string; problem: Problem }
  | { name: 'standby-answers'; server: string }
  | { name: 'list-missing'; server: string; problem: Problem }
  /** Logons kept from a lost link are over. */
  | { name: 'expired'; server: string; count: number }
  | { name: 'cleared'; count: number }
  /** Another session of the same terminal server claims some of the same ports. */
  | { name: 'ports-overlap'; logon: Logon; others: readonly Logon[] }
  /** The table has no room for a further logon. Said once until it has again. */
  | { name: 'table-full'; server: string; size: number };
