import type { CertificateDetails } from './certificate.ts';
import type { EmsFailure } from './diagnosis.ts';

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
}

/** What a connector tells: its whole status after each change, and the events that FortiOS logs. */
export type ConnectorReport =
  | { kind: 'status'; status: ConnectorStatus }
  /** A try ended in another way than the one before. */
  | { kind: 'failure'; failure: EmsFailure }
  /** A person's acceptance was pinned. */
  | { kind: 'verified'; sha256: string }
  /** A pin was removed at a person's wish. */
  | { kind: 'unverified' };
