import { type CallOptions, callEms } from './call.ts';
import { EmsFailure } from './diagnosis.ts';
import { serverText } from './handshake.ts';
import { longestSerialNumber } from './profile.ts';

export type { CallOptions } from './call.ts';

export interface SerialNumberReply {
  serialNumber: string;
  /** From the request to the whole reply, without the handshake. */
  latencyMs: number;
}

/**
 * Asks EMS for its serial number with the identity certificate (docs/protocol/ems.md, Endpoints): the only call that is
 * made before a person has accepted the certificate.
 * @throws EmsFailure
 */
export async function getSerialNumber(options: CallOptions): Promise<SerialNumberReply> {
  const { calls, limits } = options.profile;
  const { data, status, latencyMs } = await callEms(options, {
    call: calls.serialNumber,
    longest: limits.longestReply,
    submission: true,
  });
  if (typeof data !== 'string' || data === '' || data.length > longestSerialNumber)
    throw new EmsFailure('reply-unreadable', {
      server: serverText(options.host, options.port),
      httpStatus: status,
      detail: 'Its reply has no serial number',
    });
  return { serialNumber: data, latencyMs };
}
