import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { attempt } from '../network/attempt.ts';
import type { WsmanLimits } from './profile.ts';

/** Why HTTP ended without a reply. */
export type LinkFault = 'closed' | 'late' | 'not-http' | 'header-too-long' | 'body-too-long';

export class LinkFailure extends Error {
  override readonly name = 'LinkFailure';
  readonly fault: LinkFault;

  constructor(fault: LinkFault, detail: string) {
    super(detail);
    this.fault = fault;
  }
}

export interface LinkRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

export interface LinkReply {
  readonly status: number;
  readonly body: Buffer;
  /** A field of the header, its lines joined by a comma; blank where it is not there. */
  header(name: string): string;
}

/**
 * HTTP over one connection: there is never a second one behind it, on which nobody would be logged in. One request at a time.
 * Redirects are not followed and nothing is unpacked.
 */
export class HttpLink {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #limits: WsmanLimits;
  readonly #agent: Agent;
  #isOpen = true;

  /** @param host value of the field Host */
  constructor(socket: Socket, host: string, clock: Clock, limits: WsmanLimits) {
    this.#socket = socket;
    this.#host = host;
    this.#clock = clock;
    this.#limits = limits;
    this.#agent = new OneSocketAgent(socket);
    for (const sign of ['end', 'close'] as const)
      socket.on(sign, () => {
        this.#isOpen = false;
      });
  }

  /** Another request may be tried: nothing is known to have ended the connection. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed;
  }

  /** One POST and its reply. Whatever goes wrong ends the connection. Rejects with LinkFailure or the signal's reason. */
  post(options: LinkRequest): Promise<LinkReply> {
    const { path, headers, body, limitMs, signal } = options;
    let sent: ClientRequest | null = null;
    const drop = (): void => {
      this.close();
      sent?.destroy();
    };
    const late = () => new LinkFailure('late', `${limitMs / 1000} s are over`);
    return attempt(
      { clock: this.#clock, limitMs, late, drop, ...(signal ? { signal } : {}) },
      (done, failed) => {
        if (!this.isOpen) return failed(new LinkFailure('closed', 'the connection has ended'));
        sent = request({
          agent: this.#agent,
          method: 'POST',
          path,
          maxHeaderSize: this.#limits.headerBytes,
          headers: { host: this.#host, ...headers, 'content-length': String(body.length) },
        });
        sent.on('error', (error) => failed(failureOf(error)));
        sent.on('response', (response) => {
          // It is ended behind its answer: whoever asks next needs another.
          if (/\bclose\b/i.test(response.headers.connection ?? '')) this.#isOpen = false;
          read(response, this.#limits.bodyBytes).then(done, failed);
        });
        sent.end(body);
      },
    );
  }

  close(): void {
    this.#isOpen = false;
    this.#agent.destroy();
    this.#socket.destroy();
  }
}

/** Gives out one connection, which is open, and never opens another. */
class OneSocketAgent extends Agent {
  #socket: Socket | null;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const socket = this.#socket;
    this.#socket = null;
    const isGone = socket === null || socket.destroyed;
    // Within the call itself a failure would reach nobody.
    queueMicrotask(() =>
      isGone
        ? done?.(new LinkFailure('closed', 'the connection has ended'), undefined as unknown as Duplex)
        : done?.(null, socket),
    );
  }
}

async function read(response: IncomingMessage, longest: number): Promise<LinkReply> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longest) throw new LinkFailure('body-too-long', `more than ${longest} octets`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof LinkFailure ? error : failureOf(error as Error);
  }
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks),
    header: (name) => response.headersDistinct[name]?.join(', ') ?? '',
  };
}

function failureOf(error: Error): LinkFailure {
  if (error instanceof LinkFailure) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') return new LinkFailure('header-too-long', 'its header is too long');
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE')
    return new LinkFailure('not-http', 'it is not HTTP');
  return new LinkFailure('closed', code || 'without a reply');
}
