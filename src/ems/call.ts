import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Client as UndiciClient } from 'undici';
import { EmsFailure, type FailureFacts } from './diagnosis.ts';
import { type HandshakeOptions, handshake, type Identity, serverText } from './handshake.ts';
import { type CallProfile, type EmsProfile, longestHeader } from './profile.ts';
import { type RawReply, readReply, retryAfterMs } from './reply.ts';
import { alertNumber, chainFailure, connectionFailure } from './tls-failure.ts';

/** How a device reaches EMS, once its certificate is known. */
export interface CallOptions extends HandshakeOptions {
  /** The device certificate; without one EMS cannot know who calls. */
  identity?: Identity;
  /** SHA-256 of the certificate that the probe saw, upper-case, `:` separated: the call goes to no other. */
  certificate: string;
  /** Our serial number, to be named in what an admin has to do; null when none is configured. */
  serial: string | null;
  profile: EmsProfile;
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
  const reply = await request(Client, socket, options, call, facts, options.timeoutMs - (asked - started));
  const data = readReply(reply, {
    facts,
    longest: call.longest,
    submission: call.submission === true,
    identified: options.identity !== undefined,
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
  const { socket, chain, verdict, refusal } = await handshake(options);
  const failure =
    verdict !== null
      ? chainFailure(verdict, facts)
      : fingerprint(chain[0]) !== options.certificate
        ? new EmsFailure('certificate-swapped', facts)
        : refusal;
  if (failure === null && socket !== null) return socket;
  socket?.on('error', () => {});
  socket?.destroy();
  throw failure ?? new EmsFailure('closed-in-handshake', facts);
}

function fingerprint(der: Buffer | undefined): string {
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
  const stop = new AbortController();
  const giveUp = () => stop.abort(options.signal?.reason);
  let late = false;
  const timer = options.clock.after(Math.max(1, remainingMs), () => {
    late = true;
    stop.abort();
  });
  options.signal?.addEventListener('abort', giveUp, { once: true });
  let tlsError: Error | null = null;
  socket.on('error', (error) => {
    tlsError ??= error;
  });
  let used = false;
  const client = new Client(`https://${urlHost(options.host)}:${options.port}`, {
    // One request, on the connection that was judged: a second one would not have been.
    connect: (_options, connected) => {
      const first = !used;
      used = true;
      // undici loses the request when this is called within `connect`.
      queueMicrotask(() => (first ? connected(null, socket) : connected(new Error('closed'), null)));
    },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: longestHeader,
    maxResponseSize: longest,
  });
  try {
    options.signal?.throwIfAborted();
    const answer = await client.request({
      method: call.method,
      path: query && Object.keys(query).length > 0 ? `${call.path}?${new URLSearchParams(query)}` : call.path,
      headers: {
        ...options.profile.requestHeaders,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      reset: true,
      signal: stop.signal,
    });
    const content = Buffer.from(await answer.body.arrayBuffer());
    const header = (name: string) => String(answer.headers[name] ?? '').trim();
    return {
      status: answer.statusCode,
      body: content,
      encoding: header('content-encoding').toLowerCase(),
      contentType: header('content-type').toLowerCase(),
      retryAfterMs: retryAfterMs(
        header('retry-after'),
        options.clock.now(),
        options.profile.timers.longestRetryAfter,
      ),
    };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (late) throw new EmsFailure('reply-timeout', facts);
    throw replyFailure(error as NodeJS.ErrnoException, tlsError, options, longest, facts);
  } finally {
    timer.cancel();
    options.signal?.removeEventListener('abort', giveUp);
    void client.destroy().catch(() => {});
    socket.destroy();
  }
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function replyFailure(
  error: NodeJS.ErrnoException,
  tlsError: Error | null,
  options: CallOptions,
  longest: number,
  facts: FailureFacts,
): EmsFailure {
  const unreadable = (detail: string) => new EmsFailure('reply-unreadable', { ...facts, detail });
  const code = error.code ?? '';
  // TLS 1.3: the server refuses our certificate only after the handshake looked complete to us.
  const alert = [error, tlsError].find((one) => one !== null && alertNumber(one) !== null);
  if (alert) {
    const progress = { resolved: true, connected: true, certificateSeen: true };
    return connectionFailure(
      alert,
      { ...progress, identityConfigured: options.identity !== undefined },
      facts,
    );
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return unreadable('The header of its reply is too long');
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return unreadable(`Its reply is longer than ${longest} octets`);
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError') return unreadable('Its reply is not HTTP');
  return new EmsFailure('closed-in-reply', facts);
}
