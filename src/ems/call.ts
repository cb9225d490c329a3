import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Client as UndiciClient } from 'undici';
import { EmsFailure, type FailureFacts } from './diagnosis.ts';
import { exchange } from './exchange.ts';
import { ExchangeFailure } from './exchange-failure.ts';
import { type HandshakeOptions, handshake, type Identity, serverText } from './handshake.ts';
import { type CallProfile, type EmsProfile, longestHeader } from './profile.ts';
import { type RawReply, readReply, retryAfterMs } from './reply.ts';
import { chainFailure, connectionFailure } from './tls-failure.ts';
import type { TlsSessions } from './tls-sessions.ts';

/** How a device reaches EMS, once its certificate is known. */
export interface CallOptions extends HandshakeOptions {
  /** The device certificate; without one EMS cannot know who calls. */
  identity?: Identity;
  /** SHA-256 of the certificate that the probe saw, upper-case, `:` separated: the call goes to no other. */
  certificate: string;
  /** Our serial number, to be named in what an admin has to do; null when none is configured. */
  serial: string | null;
  profile: EmsProfile;
  /** Sessions to resume; absent, each connection has a full handshake. */
  sessions?: TlsSessions | null;
}

/** One call of the device API. */
export interface EmsCall {
  call: CallProfile;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Octets of the reply's body, as received and again when unpacked. */
  longest: number;
  /** The call submits our serial number: 400 then says that the certificate has another (docs/protocol/ems.md, Diagnosis). */
  submission?: boolean;
}

export interface CallReply {
  status: number;
  /** The `data` of the envelope. */
  data: unknown;
  /** From the request to the whole reply, without the handshake. */
  latencyMs: number;
}

/**
 * One call of the device API over a connection of its own (docs/protocol/ems.md, Calls). `timeoutMs` bounds the whole of it.
 * Nothing is written before the chain has verified against the installed CAs and the certificate is the expected one;
 * redirects are not followed.
 * @throws EmsFailure for everything but a success of EMS, or the signal's reason
 */
export async function callEms(options: CallOptions, call: EmsCall): Promise<CallReply> {
  const { clock } = options;
  const started = clock.now();
  const facts: FailureFacts = { server: serverText(options.host, options.port) };
  // Loading undici takes a tenth of a second, which only those who call shall pay, and no handshake has to wait for.
  const [{ Client }, socket] = await Promise.all([import('undici'), judgedSocket(options)]);
  const asked = clock.now();
  const resumed = socket.isSessionReused();
  const reply = await request(Client, socket, options, call, facts, options.timeoutMs - (asked - started));
  const data = readReply(reply, {
    facts,
    longest: call.longest,
    submission: call.submission === true,
    identified: options.identity !== undefined,
    resumed,
    serial: options.serial,
  });
  return { status: reply.status, data, latencyMs: clock.now() - asked };
}

/**
 * A TLS connection with our identity to exactly the server that the certificate of the options belongs to, over a chain
 * that leads to an installed CA. The caller handles its errors and closes it.
 * @throws EmsFailure
 */
export async function judgedSocket(options: CallOptions): Promise<TLSSocket> {
  const facts: FailureFacts = { server: serverText(options.host, options.port) };
  const { sessions, certificate } = options;
  const { socket, chain, verdict, refusal } = await handshake({
    ...options,
    session: sessions?.for(certificate) ?? null,
    // One that comes before the certificate is judged is used only where that one is expected.
    ...(sessions ? { onSession: (session: Buffer) => sessions.keep(certificate, session) } : {}),
  });
  const failure =
    verdict !== null
      ? chainFailure(verdict, facts)
      : fingerprint(chain[0]) !== certificate && socket?.isSessionReused() !== true
        ? new EmsFailure('certificate-swapped', facts)
        : refusal;
  if (failure === null && socket !== null) return socket;
  socket?.on('error', () => {});
  socket?.destroy();
  throw failure ?? new EmsFailure('closed-in-handshake', facts);
}

/** SHA-256 of a certificate, upper-case, `:` separated. */
export function fingerprint(der: Buffer | undefined): string {
  const digest = createHash('sha256')
    .update(der ?? '')
    .digest('hex')
    .toUpperCase();
  return digest.match(/../g)?.join(':') ?? '';
}

/** One request over a connection that has been judged already. */
async function request(
  Client: typeof UndiciClient,
  socket: TLSSocket,
  options: CallOptions,
  { call, query, body, longest }: EmsCall,
  facts: FailureFacts,
  remainingMs: number,
): Promise<RawReply> {
  const answer = await exchange(Client, socket, {
    host: options.host,
    port: options.port,
    method: call.method,
    path: query && Object.keys(query).length > 0 ? `${call.path}?${new URLSearchParams(query)}` : call.path,
    headers: options.profile.requestHeaders,
    ...(body === undefined ? {} : { body }),
    longestHeader,
    longestBody: longest,
    limitMs: remainingMs,
    clock: options.clock,
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    throw error instanceof ExchangeFailure ? replyFailure(error, options, longest, facts) : error;
  });
  return {
    status: answer.status,
    body: answer.body,
    encoding: answer.header('content-encoding').toLowerCase(),
    contentType: answer.header('content-type').toLowerCase(),
    retryAfterMs: retryAfterMs(
      answer.header('retry-after'),
      options.clock.now(),
      options.profile.timers.longestRetryAfter,
    ),
  };
}

function replyFailure(
  { fault, cause }: ExchangeFailure,
  options: CallOptions,
  longest: number,
  facts: FailureFacts,
): EmsFailure {
  const unreadable = (detail: string) => new EmsFailure('reply-unreadable', { ...facts, detail });
  switch (fault) {
    case 'late':
      return new EmsFailure('reply-timeout', facts);
    case 'alert': {
      const progress = { resolved: true, connected: true, certificateSeen: true };
      const identityConfigured = options.identity !== undefined;
      return connectionFailure(cause as Error, { ...progress, identityConfigured }, facts);
    }
    case 'swapped':
      return new EmsFailure('certificate-swapped', facts);
    case 'header-too-long':
      return unreadable('The header of its reply is too long');
    case 'body-too-long':
      return unreadable(`Its reply is longer than ${longest} octets`);
    case 'not-http':
      return unreadable('Its reply is not HTTP');
    case 'closed':
      return new EmsFailure('closed-in-reply', facts);
  }
}
