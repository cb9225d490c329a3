import type { EmsProfile } from '../../ems/profile.ts';
import type { LabFault } from './faulty-ems.ts';

/** One EMS that fails, and how its connector is set up for it. */
export interface FailingEms {
  /** The name of its connector, which says what is wrong. */
  readonly name: string;
  /** Null where the server is well, and something else is wrong. */
  readonly fault: LabFault | null;
  /** Only these calls fail. */
  readonly call?: keyof EmsProfile['calls'];
  /** Its administrator has not authorised us. */
  readonly notAuthorized?: true;
  /** Nobody has accepted its certificate before. */
  readonly notAccepted?: true;
  /** Serial number of the EMS whose certificate was accepted, before another took its place. */
  readonly earlierSerial?: string;
  /** Seconds; absent: FortiOS's. */
  readonly callTimeout?: number;
}

/** What an admin meets on the way to a first connection. Seven are the most that a FortiGate has. */
export const commonFailures: readonly FailingEms[] = [
  { name: 'unknown-ca', fault: 'other-ca', notAccepted: true },
  { name: 'expired', fault: 'expired', notAccepted: true },
  { name: 'changed', fault: 'wrong-host' },
  { name: 'not-authorised', fault: null, notAuthorized: true, notAccepted: true },
  { name: 'no-answer', fault: 'half-open', callTimeout: 2 },
  { name: 'http-500', fault: 'http-500' },
  { name: 'licence', fault: 'license-expired' },
];

/** What comes later, or seldom. */
export const rareFailures: readonly FailingEms[] = [
  { name: 'multi-tenant', fault: 'retval-5', notAccepted: true },
  { name: 'vm-certificate', fault: 'http-400', notAccepted: true },
  { name: 'replaced', fault: null, earlierSerial: 'FCTEMS0000000999' },
  { name: 'old-tls', fault: 'renegotiation-refused' },
  { name: 'throttled', fault: 'http-429' },
  { name: 'sign-in-page', fault: 'wrong-content-type' },
  { name: 'tags-refused', fault: 'http-403', call: 'tags' },
];
