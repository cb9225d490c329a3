import { gunzipSync } from 'node:zlib';
import { safeText } from '../safe-text.ts';
import { EmsFailure, type FailureFacts, type Fault } from './diagnosis.ts';

/** A reply of EMS as it came over the wire. */
export interface RawReply {
  status: number;
  body: Buffer;
  /** Lower case; blank when the header names none. */
  encoding: string;
  /** Lower case; blank when the header names none. */
  contentType: string;
  retryAfterMs: number | null;
}

export interface ReplyContext {
  facts: FailureFacts;
  /** Octets of the unpacked body. */
  longest: number;
  /** The call submitted our serial number. */
  submission: boolean;
  /** We showed a device certificate. */
  identified: boolean;
  /** The call went over a resumed TLS session. */
  resumed: boolean;
  /** Our serial number, for what an admin has to do. */
  serial: string | null;
}

/**
 * The `data` of a success (docs/protocol/ems.md, Endpoints and Calls).
 * @throws EmsFailure for every other status, a negative `retval` and what cannot be read
 */
export function readReply(reply: RawReply, context: ReplyContext): unknown {
  const { status } = reply;
  const facts: FailureFacts = { ...context.facts, httpStatus: status };
  if (status === 401) {
    const serial = context.serial === null ? {} : { detail: safeText(context.serial) };
    throw context.identified
      ? new EmsFailure('not-authorized', { ...facts, ...serial })
      : new EmsFailure('no-identity', facts);
  }
  const succeeded = status >= 200 && status < 300;
  const decoded = decode(reply, context.longest);
  if ('envelope' in decoded) {
    const refusal = refusalIn(decoded.envelope, succeeded);
    if (refusal) throw new EmsFailure(refusal.fault, { ...facts, detail: refusal.detail });
  }
  if (!succeeded) {
    const wait = reply.retryAfterMs === null ? {} : { retryAfterMs: reply.retryAfterMs };
    throw new EmsFailure(statusFault(status, context), { ...facts, ...wait });
  }
  if ('detail' in decoded) throw new EmsFailure('reply-unreadable', { ...facts, detail: decoded.detail });
  return decoded.envelope.data;
}

function statusFault(status: number, { submission, resumed }: ReplyContext): Fault {
  if (status === 400 && submission) return 'serial-refused';
  if (status === 429) return 'too-many-calls';
  if (status === 500 && resumed) return 'session-resumed';
  return status >= 500 ? 'server-error' : 'unexpected-status';
}

/** RFC 9110, Retry-After: seconds, or a date; null for what is neither. At most `longest`. */
export function retryAfterMs(field: string, now: number, longest: number): number | null {
  if (field === '') return null;
  const wait = /^\d{1,9}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), longest);
}

type Envelope = { result?: unknown; data?: unknown };

function decode(
  { body, encoding, contentType }: RawReply,
  longest: number,
): { envelope: Envelope } | { detail: string } {
  let plain = body;
  if (encoding === 'gzip') {
    try {
      plain = gunzipSync(body, { maxOutputLength: longest });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? { detail: `Its reply unpacks to more than ${longest} octets` }
        : { detail: 'Its compressed reply is damaged' };
    }
  } else if (encoding !== 'identity' && encoding !== '') {
    return { detail: `Its reply has the unknown encoding ${safeText(encoding.slice(0, 40))}` };
  }
  const type = contentType.split(';', 1)[0]?.trim() ?? '';
  if (type !== '' && !/[/+]json$/.test(type))
    return { detail: `Its reply is ${safeText(type.slice(0, 40))}, not JSON` };
  try {
    const parsed: unknown = JSON.parse(plain.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { envelope: parsed };
  } catch {}
  return { detail: 'Its reply is not the JSON of EMS' };
}

/** What EMS refuses by `retval` rather than by status; after a failed status only the texts that are known count. */
function refusalIn(envelope: Envelope, succeeded: boolean): { fault: Fault; detail: string } | null {
  const result = envelope.result as { retval?: unknown; message?: unknown } | null | undefined;
  if (typeof result !== 'object' || result === null) return null;
  const { retval, message } = result;
  if (typeof retval !== 'number' || !(retval < 0)) return null;
  const text = typeof message === 'string' ? safeText(message.slice(0, 500)) : '';
  if (/does not have access to global/i.test(text)) return { fault: 'global-site', detail: text };
  if (/licen[cs]e (has )?expired/i.test(text)) return { fault: 'license-expired', detail: text };
  return succeeded ? { fault: 'call-refused', detail: text || `retval ${retval}` } : null;
}
