import type { Problem } from '../problem.ts';
import type { HandshakeView, ProbeView } from './link-view.ts';
import type { ReportedLink } from './peer-rows.ts';

/** State of one link to a collector (docs/protocol/fsso.md, State machines). */
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

/** One configured collector of one FSSO connector. Times are milliseconds since the epoch. */
export interface CollectorRow {
  /** `connector|host:port`. */
  readonly id: string;
  connector: string;
  server: string;
  /** Place in the connector's list, 1 to 5. */
  position: number;
  /** The connector takes its logons from this one. */
  active: boolean;
  state: LinkState;
  /** Banner of its hello. */
  version: string | null;
  /** When `state` began. */
  since: number;
  /** When the last byte came. */
  lastHeard: number | null;
  nextTryAt: number | null;
  /** Logons in the table that came from it. */
  logons: number;
  /** Events taken since the program started. */
  events: number;
  /** Sequence numbers missed since the link came up. */
  gaps: number;
  /** Unknown messages and attributes since the link came up. */
  unknown: number;
  /** Logoffs that matched no logon, and logons without a user, since the program started. */
  orphans?: number;
  /** Logons that were not taken, because the table of the connector was full. */
  refused?: number;
  /** Milliseconds that its clock is ahead of ours, negative where it is behind; null where it is not known. */
  clockSkewMs?: number | null;
  problem: Problem | null;
  /** It refused us, and is not asked again before this time. */
  restsUntil?: number | null;
  /** Its logons go then, because the link is lost. */
  keptUntil?: number | null;
  /** Since when its connector is at another collector than the first; only where it is in use. */
  failedOverAt?: number | null;
  /** When the latest attempts to log in began. */
  attempts?: readonly number[];
  handshake?: HandshakeView | null;
  /** Null where standby collectors are not probed. */
  probe?: ProbeView | null;
  /** Of an FSSO entry that a FortiGate told, over its REST API. */
  reported?: ReportedLink;
}
