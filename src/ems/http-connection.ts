import type { TLSSocket } from 'node:tls';
import type { Client as UndiciClient } from 'undici';
import type { Clock } from '../clock.ts';
import { ExchangeFailure, failureOf } from './exchange-failure.ts';
import { urlHost } from './handshake.ts';
import { watchSwap } from './swap-watch.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Octets of a reply's header, and of its body as received. */
  readonly longestHeader: number;
  readonly longestBody: number;
}

/** One HTTP request for a connection that has been judged already. */
export interface ExchangeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Asks the server to close the connection behind its reply. */
  readonly isLast: boolean;
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
 * HTTP over one TLS connection whose certificate was judged: there is never a second connection behind it, which would go to
 * whoever is not judged. One request at a time. Redirects are not followed and nothing is unpacked.
 */
export class HttpConnection {
  readonly #socket: TLSSocket;
  readonly #client: UndiciClient;
  /** It negotiated anew, and showed another certificate then. */
  #isSwapped = false;
  #tlsError: Error | null = null;
  #isOpen = true;

  constructor(Client: typeof UndiciClient, socket: TLSSocket, options: ConnectionOptions) {
    this.#socket = socket;
    watchSwap(socket, () => {
      this.#isSwapped = true;
      this.close();
    });
    socket.on('error', (error) => {
      this.#tlsError ??= error;
    });
    for (const sign of ['end', 'close'] as const)
      socket.on(sign, () => {
        this.#isOpen = false;
      });
    let used = false;
    this.#client = new Client(`https://${urlHost(options.host)}:${options.port}`, {
      connect: (_options, connected) => {
        const first = !used;
        used = true;
        // undici loses the request when this is called within `connect`.
        queueMicrotask(() => (first ? connected(null, socket) : connected(new Error('closed'), null)));
      },
      // Whoever keeps the connection says for how long, by the clock; undici has one of its own.
      keepAliveTimeout: 600_000,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: options.longestHeader,
      maxResponseSize: options.longestBody,
    });
  }

  /** Another request may be tried: nothing is known to have ended it. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed;
  }

  /**
   * One request and its reply. Whatever goes wrong ends the connection.
   * @throws ExchangeFailure, or the signal's reason
   */
  async exchange(request: ExchangeRequest): Promise<ExchangeReply> {
    const { signal, body } = request;
    const stop = new AbortController();
    const giveUp = () => stop.abort(signal?.reason);
    let late = false;
    const timer = request.clock.after(Math.max(1, request.limitMs), () => {
      late = true;
      stop.abort();
    });
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      signal?.throwIfAborted();
      const answer = await this.#client.request({
        method: request.method as 'GET',
        path: request.path,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        reset: request.isLast,
        signal: stop.signal,
      });
      const content = Buffer.from(await answer.body.arrayBuffer());
      const { 'set-cookie': cookies } = answer.headers;
      return {
        status: answer.statusCode,
        body: content,
        header: (name) => String(answer.headers[name] ?? '').trim(),
        setCookies: cookies === undefined ? [] : [cookies].flat(),
      };
    } catch (error) {
      this.close();
      if (signal?.aborted) throw signal.reason;
      if (this.#isSwapped) throw new ExchangeFailure('swapped');
      throw late ? new ExchangeFailure('late') : failureOf(error as NodeJS.ErrnoException, this.#tlsError);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
    }
  }

  close(): void {
    this.#isOpen = false;
    void this.#client.destroy().catch(() => {});
    this.#socket.destroy();
  }
}
