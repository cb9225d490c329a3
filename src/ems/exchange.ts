import type { TLSSocket } from 'node:tls';
import type { Client as UndiciClient } from 'undici';
import type { Clock } from '../clock.ts';
import { alertNumber } from './tls-failure.ts';

/** One HTTP request for a connection that has been judged already. */
export interface ExchangeOptions {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Octets of the reply's header, and of its body as received. */
  readonly longestHeader: number;
  readonly longestBody: number;
  /** Milliseconds until the whole reply has to be here. */
  readonly limitMs: number;
  readonly clock: Clock;
  /** Gives up; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ExchangeReply {
  readonly status: number;
  readonly body: Buffer;
  /** A field of the header, blank when it is not there. */
  header(name: string): string;
  /** Each `Set-Cookie` field. */
  readonly setCookies: readonly string[];
}

/**
 * How an exchange ended without a reply that counts; `alert` carries the TLS alert in `cause`, and `swapped` means that the
 * server showed another certificate when it negotiated anew.
 */
export type ExchangeFault =
  | 'late'
  | 'closed'
  | 'alert'
  | 'swapped'
  | 'header-too-long'
  | 'body-too-long'
  | 'not-http';

export class ExchangeFailure extends Error {
  readonly fault: ExchangeFault;

  constructor(fault: ExchangeFault, cause?: unknown) {
    super(fault, { cause });
    this.name = 'ExchangeFailure';
    this.fault = fault;
  }
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * One request and its reply, bounded in time and size; redirects are not followed and nothing is unpacked. The connection is
 * closed afterwards, whatever happened: a second request would go to whoever is not judged.
 * @throws ExchangeFailure, or the signal's reason
 */
export async function exchange(
  Client: typeof UndiciClient,
  socket: TLSSocket,
  options: ExchangeOptions,
): Promise<ExchangeReply> {
  const { signal, body } = options;
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal?.reason);
  let late = false;
  const timer = options.clock.after(Math.max(1, options.limitMs), () => {
    late = true;
    stop.abort();
  });
  signal?.addEventListener('abort', giveUp, { once: true });
  let tlsError: Error | null = null;
  socket.on('error', (error) => {
    tlsError ??= error;
  });
  // A TLS 1.2 server may negotiate anew in the middle, to see our certificate: it has to be the same server then.
  const judged = socket.getPeerX509Certificate()?.raw;
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
    maxHeaderSize: options.longestHeader,
    maxResponseSize: options.longestBody,
  });
  try {
    signal?.throwIfAborted();
    const answer = await client.request({
      method: options.method as 'GET',
      path: options.path,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      reset: true,
      signal: stop.signal,
    });
    const content = Buffer.from(await answer.body.arrayBuffer());
    const shown = socket.getPeerX509Certificate()?.raw;
    if (judged && shown && !judged.equals(shown)) throw new ExchangeFailure('swapped');
    const { 'set-cookie': cookies } = answer.headers;
    return {
      status: answer.statusCode,
      body: content,
      header: (name) => String(answer.headers[name] ?? '').trim(),
      setCookies: cookies === undefined ? [] : [cookies].flat(),
    };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ExchangeFailure) throw error;
    throw late ? new ExchangeFailure('late') : failureOf(error as NodeJS.ErrnoException, tlsError);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', giveUp);
    void client.destroy().catch(() => {});
    socket.destroy();
  }
}

function failureOf(error: NodeJS.ErrnoException, tlsError: Error | null): ExchangeFailure {
  const code = error.code ?? '';
  // TLS 1.3: a server refuses our certificate, or the want of one, only after the handshake looked complete to us.
  const alert = [error, tlsError].find((one) => one !== null && alertNumber(one) !== null);
  if (alert) return new ExchangeFailure('alert', alert);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new ExchangeFailure('header-too-long');
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new ExchangeFailure('body-too-long');
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError') return new ExchangeFailure('not-http');
  return new ExchangeFailure('closed', error);
}
