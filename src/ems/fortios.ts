import type { Problem } from '../problem.ts';
import type { EmsFailure } from './diagnosis.ts';

/**
 * What `execute fctems verify` prints when it fails, in the form of `release` (docs/protocol/ems.md, Result codes and
 * Old result codes). The source location that FortiOS adds in between belongs to its own build, so it is left out.
 */
export function verifyFailureText(failure: EmsFailure, release: string): string[] {
  const { code, message } = failure.problem;
  if (code === null) return [message];
  if (release === '6.4') {
    if (code === -4)
      return [
        'certificate not configured/verified: 2',
        'Could not verify server certificate based on current certificate authorities.',
        failure.oldForm ?? message,
      ];
    return [
      'failure in certificate configuration/verification: -4',
      `Could not verify EMS. ${failure.oldForm ?? message}`,
    ];
  }
  return [
    `Error in requesting EMS fabric connection: ${code}`,
    `${failure.stageText}. ${message}`,
    'Command fail. Return code -9999',
  ];
}

/** What `diagnose endpoint fctems test-connectivity` prints (docs/protocol/ems.md, Command outputs). */
export function connectivityText(problem: Problem | null): string {
  if (problem === null) return 'Connection test was successful.';
  // FortiOS's code for whatever has none of its own. [assumed]
  return `Connection test had an error ${problem.code ?? -5}: ${problem.message}`;
}

/** The question after the certificate, and its prompt (docs/protocol/ems.md, Certificate text). */
export const acceptQuestion = 'EMS configuration needs user to confirm server certificate.';
export const acceptPrompt = 'Do you wish to add the above certificate to trusted remote certificates? (y/n)';
export const alreadyVerified = 'EMS already verified.';

/** What `execute fctems unverify` and `is-verified` print is not published: these words are ours. */
export function unverifiedText(removed: boolean): string {
  return removed ? 'EMS certificate is no longer accepted.' : 'EMS was not verified.';
}
export function isVerifiedText(verified: boolean): string {
  return verified ? 'EMS is verified.' : 'EMS is not verified.';
}

/** Facts of one connector in the output of `diagnose test application fcnacd 2`; null is unknown. */
export interface ContextStatus {
  /** Counts from 1. */
  number: number;
  name: string;
  confirmed: boolean;
  serialNumber: string | null;
  tenantId: string | null;
  /** EMS took our registration and named what it can do; null before that was tried. */
  capabilitiesVerified: boolean | null;
  capabilities: readonly string[] | null;
  /** Of the socket for notifications; null before it was tried. */
  websocket: string | null;
  /** EMS answered a call that needs our identity; null before one was tried. */
  identityVerified: boolean | null;
  /** The guide's word under Connection, and under Certificate. */
  connection: string;
  certificate: string;
  /** One line, where something is wrong. */
  error: string | null;
}

/**
 * One block of `diagnose test application fcnacd 2` (docs/protocol/ems.md, Command outputs): the lines whose value we
 * know, a serial number and tenant that were not fetched blank as FortiOS leaves them; what begins in lower case after
 * `Websocket status` is our own.
 */
export function contextText(status: ContextStatus): string[] {
  const lines = [
    `FortiClient EMS number ${status.number}:`,
    `name(id): ${status.name}(${status.number}) confirmed: ${status.confirmed ? 'yes' : 'no'}`,
    `fetched-serial-number: ${status.serialNumber ?? ''}`.trimEnd(),
    `fetched-tenant-id: ${status.tenantId ?? ''}`.trimEnd(),
  ];
  if (status.capabilitiesVerified !== null)
    lines.push(`verified capabilities: ${status.capabilitiesVerified}`);
  if (status.identityVerified !== null) lines.push(`verified identity: ${status.identityVerified}`);
  if (status.websocket !== null) lines.push(`Websocket status: ${status.websocket}`);
  if (status.capabilities !== null) lines.push(`capabilities: ${status.capabilities.join(' ')}`.trimEnd());
  lines.push(`connection: ${status.connection}`.trimEnd(), `certificate: ${status.certificate}`.trimEnd());
  if (status.error !== null) lines.push(`error: ${status.error}`);
  return lines;
}
