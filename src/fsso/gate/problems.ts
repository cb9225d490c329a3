import type { Problem } from '../../problem.ts';
import { wrongName } from '../network/tls.ts';
import { longestCollectorPassword } from '../wire/profile.ts';
import { type OwnAddress, ownAddressCodes } from './own-address.ts';
import { type Fault, type ProblemContext, problemRows, read } from './problem-rows.ts';

export type { Fault, ProblemContext } from './problem-rows.ts';

/**
 * The problem as people read it.
 * @param detail what the row's message mentions: seconds, the system's error name or a decoder's reason
 * @param code the peer's or the system's own name for it
 */
export function problemOf(
  fault: Fault,
  context: ProblemContext,
  code: number | string | null = null,
  detail = String(code),
): Problem {
  const row = problemRows[fault];
  return {
    stage: row.stage,
    code,
    message: read(row.message, context, detail),
    cause: read(row.cause, context, detail),
    fix: row.fix.map((text) => read(text, context, detail)),
  };
}

const faultOfSystemError: Record<string, Fault> = {
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-unknown',
  EAI_FAIL: 'name-unknown',
  EAI_NODATA: 'name-unknown',
  ECONNREFUSED: 'port-closed',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  [ownAddressCodes.interface]: 'no-interface',
  [ownAddressCodes.address]: 'no-interface-address',
  EADDRNOTAVAIL: 'source-address',
  EINVAL: 'source-address',
};

/** Which fault the system's error name means while a connection is being opened. */
export function connectFault(code: string, source: OwnAddress | undefined): Fault {
  const fault = faultOfSystemError[code] ?? 'connect-failed';
  return fault === 'source-address' && source === undefined ? 'connect-failed' : fault;
}

/** OpenSSL's reasons when the first bytes of a peer are no TLS record at all. */
const noTls = /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|BAD_RECORD_TYPE/;
const dates = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Which fault ended a TLS handshake; null: the peer closed without a word. */
export function tlsFault(code: string | null): Fault {
  if (code === null || code === 'ECONNRESET' || code === 'EPIPE') return 'tls-closed';
  if (code === wrongName) return 'tls-name';
  if (dates.has(code)) return 'tls-dates';
  if (noTls.test(code)) return 'tls-plain';
  // OpenSSL's errors of a handshake begin so in Node; its verdicts on a certificate do not.
  return code.startsWith('ERR_') || code === 'EPROTO' ? 'tls-failed' : 'tls-untrusted';
}

/** Which fault a refusal means, as far as what we sent can tell. */
export function refusalFault(passwordLength: number | null, strategy: string): Fault {
  if (passwordLength === null) return 'password-missing';
  if (strategy === 'none') return 'strategy-unfit';
  return passwordLength > longestCollectorPassword ? 'password-too-long' : 'password-refused';
}
