import type { ConnectorState } from './report.ts';

/** A try is under way. */
export const trying: ReadonlySet<ConnectorState> = new Set(['resolving', 'tls', 'registering']);
/** EMS answers, and a person accepted its certificate. */
export const standing: ReadonlySet<ConnectorState> = new Set(['connected', 'out-of-sync']);
/** While these last there is no certificate that waits for a person, whatever was shown before. */
export const undecidable: ReadonlySet<ConnectorState> = new Set([
  ...trying,
  'failed',
  'pending-authorization',
]);

/** How a try can end. */
const endings: readonly ConnectorState[] = [
  'certificate-unknown-ca',
  'certificate-changed',
  'certificate-not-accepted',
  'pending-authorization',
  'dirty',
  'connected',
  'out-of-sync',
  'failed',
];
/** A check of a standing connector and the retry of a failed one show no steps: their ending follows at once. */
const stopped: readonly ConnectorState[] = ['resolving', ...endings];

/** The edges of the state machine: what may follow each state (docs/protocol/ems.md, State machine). */
export const transitions: Readonly<Record<ConnectorState, readonly ConnectorState[]>> = {
  disabled: [],
  // A name that is not found, or nothing that listens, ends it before TLS; a person's decision may end it anywhere.
  resolving: ['tls', ...endings],
  tls: ['registering', ...stopped],
  registering: stopped,
  'certificate-unknown-ca': stopped,
  'certificate-changed': stopped,
  'certificate-not-accepted': stopped,
  'pending-authorization': stopped,
  dirty: stopped,
  failed: stopped,
  // From here on a certificate that no longer fits, a refusal or a failure leads away, never a step of a try.
  connected: endings,
  'out-of-sync': endings,
};
