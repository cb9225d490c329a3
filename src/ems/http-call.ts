import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { EmsFailure } from './diagnosis.ts';
import { handshake, serverText } from './handshake.ts';
import { HttpFailure, type HttpFailureFacts, type HttpFault, transportFailure } from './http-failure.ts';
import { chainReason } from './tls-failure.ts';

/** Octets of a reply's header, and of its body. */
const longestHeader = 16_384;
const longestReply = 1_048_576;
/** Characters of what a server says about a refusal. */
const longestDetail = 300;
/** The longest that a 429 can make us wait, in milliseconds: a wrong header must not stop us for a day. */
const longestRetryAfter = 3_600_000;

/** What a server shows, as its judge sees it. */
export interface ShownCertificate {
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** OpenSSL's name for what is wrong with the chain; null when it leads to an installed CA. */
  readonly verdict: string | null;
  /** The certificate names the host. */
  readonly hostMatches: boolean;
}

/** Why nothing may be sent to who shows this certificate; null when it may. */
export type CertificateJudge = (shown: ShownCertificate) => { fault: HttpFault; detail?: string } | null;

/** The server of a management API, and how it is known to be the right one. */
export interface HttpServer {
  /** What answers, for people: `EMS`, `FortiGate`. */
  readonly peer: string;
  readonly host: string;
  readonly port: number;
  readonly sourceIp?: string;
  /** For one call, name resolution and TLS included. */
  readonly timeoutMs: number;
  /** Installed CAs, DER. Asked before each call, so that an import counts at once. */
  readonly cas: () => readonly Buffer[];
  readonly judge: CertificateJudge;
  readonly clock: Clock;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query. Never holds a secret. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What must not come back in any message, even when the server repeats it. */
  readonly secrets?: readonly string[];
  /** Takes what the server says about a refusal out of its JSON. */
  readonly readMessage?: (json: unknown) => string | null;
  readonly signal?: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  /** Null for an empty body. */
  readonly json: unknown;
  /** Each `Set-Cookie` field. */
  readonly setCookies: readonly string[];
}

/**
 * One call of a management API (docs/protocol/ems.md, Calls of management APIs). Nothing is sent before the certificate
 * was judged; redirects are not followed; body and time are bounded.
 * @returns the reply of a status from 200 to 299
 * @throws HttpFailure for everything else
 */
export async function callJson(server: HttpServer, request: HttpRequest): Promise<HttpReply> {
  const { clock } = server;
  const facts: HttpFailureFacts = { peer: server.peer, server: serverText(server.host, server.port) };
  const started = clock.now();
  // Loading undici takes a tenth of a second, which only those who call shall pay.
  const [{ Client }, socket] = await Promise.all([import('undici'), judgedSocket(server, request, facts)]);
  const stop = new AbortController();
  const giveUp = () => stop.abort(request.signal?.reason);
  let late = false;
  const timer = clock.after(Math.max(1, server.timeoutMs - (clock.now() - started)), () => {
    late = true;
    stop.abort();
  });
  request.signal?.addEventListener('abort', giveUp, { once: true });
  socket.on('error', () => {});
  let used = false;
  const client = new Client(originOf(server), {
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
    maxResponseSize: longestReply,
  });
  try {
    request.signal?.throwIfAborted();
    const { method, path, body } = request;
    const answer = await client.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        // Compressed, a small reply could become a huge one.
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      reset: true,
      signal: stop.signal,
    });
    const text = Buffer.from(await answer.body.arrayBuffer()).toString('utf8');
    const { 'set-cookie': cookies, 'retry-after': retryAfter } = answer.headers;
    return read(
      { status: answer.statusCode, text, retryAfter: retryAfter?.toString() ?? null },
      { request, facts, now: clock.now(), setCookies: cookies === undefined ? [] : [cookies].flat() },
    );
  } catch (error) {
    if (error instanceof HttpFailure) throw error;
    if (request.signal?.aborted) throw request.signal.reason;
    if (late)
      throw new HttpFailure('not-reached', { ...facts, detail: 'timeout while its reply was awaited' });
    throw replyFailure(error as NodeJS.ErrnoException, facts);
  } finally {
    timer.cancel();
    request.signal?.removeEventListener('abort', giveUp);
    void client.destroy().catch(() => {});
    socket.destroy();
  }
}

/** `https://host:port`, without the port where it is the usual one, as browsers write an origin. */
export function originOf({ host, port }: Pick<HttpServer, 'host' | 'port'>): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? `https://${name}` : `https://${name}:${port}`;
}

async function judgedSocket(
  server: HttpServer,
  request: HttpRequest,
  facts: HttpFailureFacts,
): Promise<TLSSocket> {
  const { host, port, sourceIp, timeoutMs, clock, judge } = server;
  const { signal } = request;
  const shown = await handshake({
    host,
    port,
    timeoutMs,
    ca: server.cas(),
    clock,
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    throw error instanceof EmsFailure ? transportFailure(error, facts) : error;
  });
  const objection = judge(shown);
  if (objection === null && shown.socket !== null) return shown.socket;
  shown.socket?.on('error', () => {});
  shown.socket?.destroy();
  if (objection !== null) throw new HttpFailure(objection.fault, { ...facts, ...objection });
  throw transportFailure(shown.refusal ?? new EmsFailure('closed-in-handshake', facts), facts);
}

function replyFailure(error: NodeJS.ErrnoException, facts: HttpFailureFacts): HttpFailure {
  const code = error.code ?? '';
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return new HttpFailure('unreadable', { ...facts, detail: 'the header of its reply is too long' });
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new HttpFailure('unreadable', {
      ...facts,
      detail: `its reply is longer than ${longestReply} octets`,
    });
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError')
    return new HttpFailure('unreadable', { ...facts, detail: 'its reply is not HTTP' });
  if (/SSL alert number/.test(error.message))
    return new HttpFailure('tls-failed', { ...facts, detail: 'it wants a client certificate' });
  return new HttpFailure('not-reached', {
    ...facts,
    detail: 'it closed the connection before its reply was complete',
  });
}

interface RawReply {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

interface ReadContext {
  readonly request: HttpRequest;
  readonly facts: HttpFailureFacts;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly setCookies: readonly string[];
}

function read({ status, text, retryAfter }: RawReply, context: ReadContext): HttpReply {
  const { request, facts, setCookies } = context;
  const parsed = parse(text);
  if (status >= 200 && status < 300) {
    if ('detail' in parsed) throw new HttpFailure('unreadable', { ...facts, detail: parsed.detail, status });
    return { status, json: parsed.json, setCookies };
  }
  const said = 'json' in parsed ? (request.readMessage?.(parsed.json) ?? '') : '';
  const waits = status === 429 ? retryAfterMs(retryAfter, context.now) : null;
  throw new HttpFailure(statusFault(status), {
    ...facts,
    status,
    detail: withoutSecrets(said, request.secrets ?? []).slice(0, longestDetail),
    ...(waits === null ? {} : { retryAfterMs: waits }),
  });
}

function parse(text: string): { json: unknown } | { detail: string } {
  if (text.trim() === '') return { json: null };
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { detail: /^\s*</.test(text) ? 'its reply is a web page' : 'its reply is not JSON' };
  }
}

function statusFault(status: number): HttpFault {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 405) return 'not-found';
  if (status === 429) return 'throttled';
  if (status >= 300 && status < 400) return 'redirected';
  return status >= 500 ? 'server-error' : 'refused';
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(field: string | null, now: number): number | null {
  if (field === null) return null;
  const wait = /^\s*\d{1,9}\s*$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), longestRetryAfter);
}

/** Characters of a secret that are too many to be there by chance. */
const tellingPiece = 8;

/**
 * A text of the server without any secret of ours that it repeats, also as JSON, URLs and headers write it. Where only a
 * piece of one is left, nothing of the text is.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret !== '').flatMap(writtenForms);
  const rest = forms.reduce((left, form) => left.replaceAll(form, '***'), text);
  return forms.some((form) => holdsPieceOf(rest, form)) ? '***' : rest;
}

function writtenForms(secret: string): string[] {
  const utf8 = Buffer.from(secret);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const wrongly = utf8.toString('latin1');
  return [...forms, wrongly, JSON.stringify(wrongly).slice(1, -1), utf8.toString('base64')];
}

function holdsPieceOf(text: string, secret: string): boolean {
  for (let at = 0; at + tellingPiece <= secret.length; at += 1)
    if (text.includes(secret.slice(at, at + tellingPiece))) return true;
  return false;
}

/** Trusts a chain that leads to an installed CA, if the certificate names the host. */
export const judgeByName: CertificateJudge = ({ verdict, hostMatches }) => {
  if (verdict !== null) return { fault: 'not-trusted', detail: chainReason(verdict) };
  return hostMatches ? null : { fault: 'other-name' };
};

/** Trusts exactly the certificate with this SHA-256 (64 hexadecimal digits, `:` or not), whoever signed it. */
export function judgeByFingerprint(sha256: string): CertificateJudge {
  const wanted = sha256.replaceAll(':', '').toLowerCase();
  return ({ chain }) => {
    const shown = createHash('sha256')
      .update(chain[0] ?? '')
      .digest('hex');
    return shown === wanted && chain.length > 0
      ? null
      : { fault: 'other-certificate', detail: `SHA-256 ${shown}` };
  };
}
