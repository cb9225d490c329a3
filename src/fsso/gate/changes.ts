import type { Problem } from '../../problem.ts';
import type { Logon } from './logon-table.ts';

/** State of one link (docs/protocol/fsso.md, State machines). `standby`: not tried yet, or left in good order. */
export type LinkState =
  | 'idle'
  | 'connecting'
  | 'waiting-hello'
  | 'hello-sent'
  | 'online'
  | 'refused'
  | 'stalled'
  | 'lost'
  | 'failed'
  | 'standby';

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
  /** Logons of the table that came from it. */
  readonly logons: number;
  /** Events taken from it since the connector was made. */
  readonly events: number;
  /** Sequence numbers missed since the link came up. */
  readonly gaps: number;
  /** Messages and attributes that were not understood since the link came up. */
  readonly unknown: number;
  readonly problem: Problem | null;
}

/** Why a logon came or changed. `stale`: its link is lost. What a list merely repeats is not reported. */
export type PutReason = 'new' | 'replaced' | 'updated' | 'stale';
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
  | { name: 'list-missing'; server: string; problem: Problem }
  /** Logons kept from a lost link are over. */
  | { name: 'expired'; server: string; count: number }
  | { name: 'cleared'; count: number };
