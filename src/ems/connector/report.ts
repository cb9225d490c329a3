import type { CertificateDetails } from '../certificate.ts';
import type { EmsFailure } from '../diagnosis.ts';
import type { EmsTarget } from '../examine.ts';
import type { InventoryChange } from '../session/inventory.ts';
import type { SessionStatus } from '../session/status.ts';
import type { Stage } from './stages.ts';

/** States of a connector (docs/protocol/ems.md, State machine). */
export type ConnectorState =
  | 'disabled'
  | 'resolving'
  | 'tls'
  | 'registering'
  | 'certificate-unknown-ca'
  | 'certificate-not-accepted'
  | 'certificate-changed'
  | 'pending-authorization'
  | 'connected'
  | 'out-of-sync'
  | 'dirty'
  | 'failed';

/** Times are milliseconds since the epoch. */
export interface ConnectorStatus {
  state: ConnectorState;
  /** When `state` began. */
  since: number;
  serialNumber: string | null;
  lastSuccess: number | null;
  latencyMs: number | null;
  /** Null while a try runs, and when only a change or a person starts the next. */
  nextTryAt: number | null;
  chain: readonly CertificateDetails[];
  chainIncomplete: boolean;
  trusted: boolean;
  pinned: boolean;
  hostMatches: boolean | null;
  failure: EmsFailure | null;
  /** The way of the last try, and how long each part of it took. */
  stages: readonly Stage[];
  /** FortiOS's word for why the entry stopped; null while it has no reason to. */
  dirtyReason: 'mismatched-ems-sn' | null;
  session: SessionStatus;
}

/** What a connector tells: its whole status after each change, and the events that FortiOS logs. */
export type ConnectorReport =
  | { kind: 'status'; status: ConnectorStatus }
  /** A try ended in another way than the one before. */
  | { kind: 'failure'; failure: EmsFailure }
  /** A person's acceptance was pinned. */
  | { kind: 'verified'; sha256: string }
  /** A pin was removed at a person's wish. */
  | { kind: 'unverified' }
  /** Endpoints and tags that changed. */
  | { kind: 'inventory'; change: InventoryChange }
  /** A call of the session that EMS refused, and one that works again. */
  | { kind: 'call-failed'; failure: EmsFailure; path: string }
  | { kind: 'call-recovered'; path: string }
  /** EMS said that these tables changed. */
  | { kind: 'notification'; tables: readonly string[] }
  /** The notifications ended, or were refused: a close code of RFC 6455, an HTTP status, or 0. */
  | { kind: 'socket-closed'; code: number; reason: string; path: string };

/** How a connector is before its first try. */
export function firstStatus(
  { enabled, clock }: Pick<EmsTarget, 'enabled' | 'clock'>,
  session: SessionStatus,
  stages: readonly Stage[],
): ConnectorStatus {
  return {
    state: enabled ? 'resolving' : 'disabled',
    since: clock.now(),
    serialNumber: null,
    lastSuccess: null,
    latencyMs: null,
    nextTryAt: null,
    chain: [],
    chainIncomplete: false,
    trusted: false,
    pinned: false,
    hostMatches: null,
    failure: null,
    stages,
    dirtyReason: null,
    session,
  };
}
