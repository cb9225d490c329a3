import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import type { Client as UndiciClient } from 'undici';
import { safeText } from '../safe-text.ts';
import { EmsFailure, type FailureFacts, type Fault } from './diagnosis.ts';
import { type HandshakeOptions, handshake, type Identity, serverText } from './handshake.ts';
import { emsProfile } from './profile.ts';
import { alertNumber, chainFailure, connectionFailure } from './tls-failure.ts';

export interface CallOptions extends HandshakeOptions {
  /** The device certificate; without one EMS cannot know who calls. */
  identity?: Identity;
  /** SHA-256 of the certificate that the probe saw, upper-case, `:` separated: the call goes to no other. */
  certificate: string;
  /** Our serial number, to be named in what an admin has to do; null when none is configured. */
  serial: string | null;
}

export interface SerialNumberReply {
  serialNumber: string;
  /** From the request to the whole reply, without the handshake. */
  latencyMs: number;
}

interface Reply {
  status: number;
  body: Buffer;
  encoding: string;
}

/**
 * Asks EMS for its serial number with the identity certificate (docs/protocol/ems.md, Endpoints). `timeoutMs` bounds the
 * whole call. Nothing is written before the chain has verified against the installed CAs and the certificate is the
 * expected one; redirects are not followed.
 * @throws EmsFailure
 */
export async function getSerialNumber(options: CallOptions): Promise<SerialNumberReply> {
  const { clock } = options;
  const started = clock.now();
  const facts: FailureFacts = { server: serverText(options.host, options.port) };
  // Loading undici takes a tenth of a second, which only those who call shall pay, and no handshake has to wait for.
  const [{ Client }, socket] = await Promise.all([import('undici'), verifiedSocket(options, facts)]);
  const asked = clock.now();
  const reply = await request(Client, socket, options, facts, options.timeoutMs - (asked - started));
  const serialNumber = read(reply, options, facts);
  return { serialNumber, latencyMs: clock.now() - asked };
}

async function verifiedSocket(options: CallOptions, facts: FailureFacts): Promise<TLSSocket> {
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

/** One GET over a connection that has been judged already. */
async function request(
  Client: typeof UndiciClient,
  socket: TLSSocket,
  options: CallOptions,
  facts: FailureFacts,
  remainingMs: number,
): Promise<Reply> {
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
    maxHeaderSize: emsProfile.longestHeader,
    maxResponseSize: emsProfile.longestReply,
  });
  try {
    options.signal?.throwIfAborted();
    const answer = await client.request({
      method: 'GET',
      path: emsProfile.serialNumberPath,
      headers: emsProfile.requestHeaders,
      reset: true,
      signal: stop.signal,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    const encoding = answer.headers['content-encoding'] ?? 'identity';
    return { status: answer.statusCode, body, encoding: String(encoding).trim().toLowerCase() };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (late) throw new EmsFailure('reply-timeout', facts);
    throw replyFailure(error as NodeJS.ErrnoException, tlsError, options, facts);
  } finally {
    timer.cancel();
    options.signal?.removeEventListener('abort', giveUp);
    void client.destroy().catch(() => {});
    socket.destroy();
  }
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function replyFailure(
  error: NodeJS.ErrnoException,
  tlsError: Error | null,
  options: CallOptions,
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
    return unreadable(`Its reply is longer than ${emsProfile.longestReply} octets`);
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError') return unreadable('Its reply is not HTTP');
  return new EmsFailure('closed-in-reply', facts);
}

function read(reply: Reply, options: CallOptions, facts: FailureFacts): string {
  const { status } = reply;
  const withStatus: FailureFacts = { ...facts, httpStatus: status };
  if (status === 401) {
    const serial = options.serial === null ? {} : { detail: safeText(options.serial) };
    throw options.identity
      ? new EmsFailure('not-authorized', { ...withStatus, ...serial })
      : new EmsFailure('no-identity', withStatus);
  }
  const succeeded = status >= 200 && status < 300;
  const decoded = decode(reply);
  if ('result' in decoded) {
    const refusal = refusalIn(decoded.result, succeeded);
    if (refusal) throw new EmsFailure(refusal.fault, { ...withStatus, detail: refusal.detail });
  }
  if (!succeeded) throw new EmsFailure(statusFault(status), withStatus);
  if ('detail' in decoded)
    throw new EmsFailure('reply-unreadable', { ...withStatus, detail: decoded.detail });
  const { data } = decoded.result;
  if (typeof data !== 'string' || data === '' || data.length > emsProfile.longestSerialNumber)
    throw new EmsFailure('reply-unreadable', { ...withStatus, detail: 'Its reply has no serial number' });
  return data;
}

function statusFault(status: number): Fault {
  if (status === 400) return 'serial-refused';
  return status >= 500 ? 'server-error' : 'unexpected-status';
}

type Envelope = { result?: unknown; data?: unknown };

function decode({ body, encoding }: Reply): { result: Envelope } | { detail: string } {
  let plain = body;
  if (encoding === 'gzip') {
    try {
      plain = gunzipSync(body, { maxOutputLength: emsProfile.longestReply });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? { detail: `Its reply unpacks to more than ${emsProfile.longestReply} octets` }
        : { detail: 'Its compressed reply is damaged' };
    }
  } else if (encoding !== 'identity' && encoding !== '') {
    return { detail: `Its reply has the unknown encoding ${safeText(encoding.slice(0, 40))}` };
  }
  try {
    const parsed: unknown = JSON.parse(plain.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { result: parsed };
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
