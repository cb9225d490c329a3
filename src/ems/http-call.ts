import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { EmsFailure } from './diagnosis.ts';
import { ExchangeFailure, type ExchangeFault } from './exchange-failure.ts';
import { type Handshake, handshake, type ShownCertificate, serverText, urlHost } from './handshake.ts';
import { type ExchangeReply, HttpConnection } from './http-connection.ts';
import { HttpFailure, type HttpFailureFacts, type HttpFault, transportFailure } from './http-failure.ts';
import { type Kept, type KeptConnection, madeWith } from './kept-connection.ts';
import { retryAfterMs } from './reply.ts';
import { chainReason } from './tls-failure.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Octets of a reply's header, and of its body. */
const longestHeader = 16_384;
const longestReply = 1_048_576;
/** Characters of what a server says about a refusal. */
const longestDetail = 300;
/** The longest that a 429 can make us wait, in milliseconds: a wrong header must not stop us for a day. */
const longestRetryAfter = 3_600_000;

/** Why nothing may be sent to who shows this certificate; null when it may. */
export type CertificateJudge = (shown: ShownCertificate) => { fault: HttpFault; detail?: string } | null;

/** The server of a management API, and how it is known to be the right one. */
export interface HttpServer {
  /** What answers, for people: `EMS`, `FortiGate`. */
  readonly peer: string;
  readonly host: string;
  readonly port: number;
  /** Address to connect from, looked up anew for each call. @throws EmsFailure */
  readonly source?: () => string;
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
  /** Octets of the reply's body; 1 MiB where it is not given. */
  readonly longestReply?: number;
  /** What the server's administrators call the permission that the call needs. */
  readonly permission?: string;
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
 * @param shared the connection of a session: used where it is free and still good, and kept open for the next call
 * @returns the reply of a status from 200 to 299
 * @throws HttpFailure for everything else
 */
export async function callJson(
  server: HttpServer,
  request: HttpRequest,
  shared: KeptConnection | null = null,
): Promise<HttpReply> {
  const { permission, longestReply: longestBody = longestReply } = request;
  const facts: HttpFailureFacts = {
    peer: server.peer,
    server: serverText(server.host, server.port),
    ...(permission === undefined ? {} : { permission }),
  };
  const call = { server, request, facts, longestBody };
  const sent = shared?.isFree ? sendOver(shared, call) : sendAlone(call);
  const reply = await sent.catch((error: unknown) => {
    throw error instanceof ExchangeFailure ? replyFailure(error, facts, longestBody) : error;
  });
  return read(reply, { request, facts, now: server.clock.now() });
}

interface Call {
  readonly server: HttpServer;
  readonly request: HttpRequest;
  readonly facts: HttpFailureFacts;
  readonly longestBody: number;
}

/** Over a connection of its own. */
async function sendAlone(call: Call): Promise<ExchangeReply> {
  const started = call.server.clock.now();
  const { connection } = await open(call, '');
  try {
    return await send(call, connection, started, true);
  } finally {
    connection.close();
  }
}

async function sendOver(shared: KeptConnection, call: Call): Promise<ExchangeReply> {
  const { server, request, facts } = call;
  const started = server.clock.now();
  const made = madeWith(server.cas(), server.host, server.port, sourceOf(server, facts));
  let kept = shared.take(made);
  try {
    // What was accepted may have changed since; whoever is no longer trusted is asked to show itself again.
    if (kept !== null && server.judge(kept.shown) === null) {
      try {
        return await send(call, kept.connection, started, false);
      } catch (error) {
        // The server may close an idle connection at the very moment of our call: asking again does no harm.
        const wasIdle = error instanceof ExchangeFailure && error.fault === 'closed';
        if (!wasIdle || request.method !== 'GET') throw error;
      }
    }
    kept = null;
    kept = await open(call, made);
    return await send(call, kept.connection, started, false);
  } finally {
    shared.give(kept);
  }
}

async function open(call: Call, made: string): Promise<Kept> {
  const { server, request, facts, longestBody } = call;
  // Loading undici takes a tenth of a second, which only those who call shall pay.
  const [{ Client }, { socket, shown }] = await Promise.all([
    import('undici'),
    judgedSocket(server, request, facts),
  ]);
  const { host, port } = server;
  const connection = new HttpConnection(Client, socket, { host, port, longestHeader, longestBody });
  return { connection, shown, made };
}

/** `started`: when the call began, which its limit counts from. */
function send(
  { server, request }: Call,
  connection: HttpConnection,
  started: number,
  isLast: boolean,
): Promise<ExchangeReply> {
  const { method, path, body, signal } = request;
  return connection.exchange({
    method,
    path,
    headers: {
      accept: 'application/json',
      // Compressed, a small reply could become a huge one.
      'accept-encoding': 'identity',
      ...request.headers,
    },
    ...(body === undefined ? {} : { body }),
    isLast,
    limitMs: server.timeoutMs - (server.clock.now() - started),
    clock: server.clock,
    ...(signal ? { signal } : {}),
  });
}

/** `https://host:port`, without the port where it is the usual one, as browsers write an origin. */
export function originOf({ host, port }: Pick<HttpServer, 'host' | 'port'>): string {
  return port === 443 ? `https://${urlHost(host)}` : `https://${urlHost(host)}:${port}`;
}

async function judgedSocket(
  server: HttpServer,
  request: HttpRequest,
  facts: HttpFailureFacts,
): Promise<{ socket: TLSSocket; shown: ShownCertificate }> {
  const { host, port, timeoutMs, clock, judge } = server;
  const { signal } = request;
  const sourceIp = sourceOf(server, facts);
  let shown: Handshake;
  try {
    shown = await handshake({
      host,
      port,
      timeoutMs,
      ca: server.cas(),
      clock,
      ...(sourceIp === '' ? {} : { sourceIp }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throw error instanceof EmsFailure ? transportFailure(error, facts) : error;
  }
  const objection = judge(shown);
  if (objection === null && shown.socket !== null) return { socket: shown.socket, shown };
  shown.socket?.on('error', () => {});
  shown.socket?.destroy();
  if (objection !== null) throw new HttpFailure(objection.fault, { ...facts, ...objection });
  throw transportFailure(shown.refusal ?? new EmsFailure('closed-in-handshake', facts), facts);
}

/** Blank where the system chooses. @throws HttpFailure where it cannot be told */
function sourceOf({ source }: HttpServer, facts: HttpFailureFacts): string {
  try {
    return source?.() ?? '';
  } catch (error) {
    throw error instanceof EmsFailure ? transportFailure(error, facts) : error;
  }
}

const replyFaults: Record<ExchangeFault, readonly [fault: HttpFault, detail: string]> = {
  late: ['not-reached', 'timeout while its reply was awaited'],
  closed: ['not-reached', 'it closed the connection before its reply was complete'],
  alert: ['tls-failed', 'it wants a client certificate'],
  swapped: ['other-certificate', 'it negotiated anew in the middle of the call'],
  'header-too-long': ['unreadable', 'the header of its reply is too long'],
  'body-too-long': ['unreadable', 'its reply is longer'],
  'not-http': ['unreadable', 'its reply is not HTTP'],
};

function replyFailure(failure: ExchangeFailure, facts: HttpFailureFacts, longest: number): HttpFailure {
  const [fault, known] = replyFaults[failure.fault];
  const detail = failure.fault === 'body-too-long' ? `${known} than ${longest} octets` : known;
  return new HttpFailure(fault, { ...facts, detail });
}

interface ReadContext {
  readonly request: HttpRequest;
  readonly facts: HttpFailureFacts;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

function read(reply: ExchangeReply, { request, facts, now }: ReadContext): HttpReply {
  const { status, setCookies } = reply;
  const parsed = parse(reply.body.toString('utf8'));
  if (status >= 200 && status < 300) {
    if ('detail' in parsed) throw new HttpFailure('unreadable', { ...facts, detail: parsed.detail, status });
    return { status, json: parsed.json, setCookies };
  }
  const said = 'json' in parsed ? (request.readMessage?.(parsed.json) ?? '') : '';
  const waits = status === 429 ? retryAfterMs(reply.header('retry-after'), now, longestRetryAfter) : null;
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
