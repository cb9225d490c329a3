import type { Clock } from '../../clock.ts';
import { type NtlmAnswer, NtlmClient, type NtlmCredentials } from '../ntlm/client.ts';
import { NtlmError } from '../ntlm/ntlm-error.ts';
import { SpnegoClient } from '../ntlm/spnego-client.ts';
import type { WsmanFailure } from './failure.ts';
import type { LinkReply } from './http-link.ts';
import { failureOf, type ProblemPlace } from './problems.ts';

/** How a connection is logged in. */
export type WsmanLogin =
  /** SPNEGO with NTLM: the password is never sent, and messages over plain HTTP are sealed. */
  | { readonly kind: 'negotiate'; readonly credentials: NtlmCredentials }
  /** The password itself, over HTTPS only. */
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** `CORP\svc-fsso`, for people. */
export function loginName(login: WsmanLogin): string {
  if (login.kind === 'basic') return login.user;
  const { user, domain } = login.credentials;
  return domain === '' ? user : `${domain}\\${user}`;
}

/** Value of `Authorization` of every request. */
export function basicHeader({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export interface NegotiateOptions {
  readonly credentials: NtlmCredentials;
  readonly place: ProblemPlace;
  readonly channelBindings: Buffer | null;
  readonly clock: Clock;
  /** Sends an empty request with this `Authorization`. */
  readonly send: (authorization: string) => Promise<LinkReply>;
}

/**
 * Logs a connection in by Negotiate (RFC 4559, 4; MS-NLMP; docs/protocol/windows.md, WS-Management). The requests are empty, so
 * that nothing goes over the connection before it is sealed.
 * @returns what seals the messages, and where the server belongs to. Rejects with WsmanFailure
 */
export async function negotiate(options: NegotiateOptions): Promise<NtlmAnswer> {
  const { credentials, place, channelBindings, clock, send } = options;
  const ntlm = new NtlmClient(credentials, {
    clock,
    seal: true,
    targetName: `HTTP/${place.host}`,
    ...(channelBindings === null ? {} : { channelBindings }),
  });
  const spnego = new SpnegoClient(ntlm);
  try {
    const challenge = await send(`Negotiate ${spnego.first().toString('base64')}`);
    const token = tokenOf(challenge);
    if (challenge.status !== 401 || token === null) throw unwilling(challenge, place);
    const answer = spnego.next(token);
    const verdict = await send(`Negotiate ${answer.token.toString('base64')}`);
    if (verdict.status === 401) throw failureOf('login-refused', place, '401');
    const unusable = statusFailure(verdict, place);
    if (unusable !== null) throw unusable;
    const last = tokenOf(verdict);
    if (last !== null) spnego.next(last);
    return spnego.answer;
  } catch (error) {
    throw error instanceof NtlmError ? ntlmFailure(error, place) : error;
  }
}

/** What the server said in `WWW-Authenticate: Negotiate …`; null where it says nothing. */
function tokenOf(reply: LinkReply): Buffer | null {
  const match = /(?:^|,)\s*Negotiate\s+([A-Za-z0-9+/=]+)/i.exec(reply.header('www-authenticate'));
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'base64');
}

function unwilling(reply: LinkReply, place: ProblemPlace): WsmanFailure {
  if (reply.status !== 401)
    return statusFailure(reply, place) ?? failureOf('nonsense', place, null, 'no challenge');
  const offers = /\bNegotiate\b/i.test(reply.header('www-authenticate'));
  return offers
    ? failureOf('no-ntlm', place, null, 'it broke the negotiation off')
    : failureOf('no-negotiate', place, null, 'Negotiate');
}

/** A status that says that WS-Management is not what answers; null for the others. */
export function statusFailure({ status }: LinkReply, place: ProblemPlace): WsmanFailure | null {
  if (status === 404 || status === 405)
    return failureOf('no-service', place, String(status), `status ${status}`);
  if (status === 403) return failureOf('forbidden', place, '403');
  if (status === 413) return failureOf('too-much', place, '413', 'our request is too long for it');
  if (status === 429 || status === 503 || (status >= 300 && status < 400))
    return failureOf('bad-status', place, String(status), `status ${status}`);
  return null;
}

/** What NTLM found wrong. */
export function ntlmFailure(error: NtlmError, place: ProblemPlace): WsmanFailure {
  if (error.reason === 'wrong-signature' || error.reason === 'wrong-mic')
    return failureOf('tampered', place, null, error.message);
  const name = error.reason === 'not-supported' ? 'no-ntlm' : 'nonsense';
  return failureOf(name, place, null, error.message);
}
