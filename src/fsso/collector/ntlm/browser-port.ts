import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../../../clock.ts';
import { longestNtlmMessage } from '../../ntlm/messages.ts';
import { plainAddress } from '../allow-list.ts';
import type { DroppedBecause, Report } from '../events.ts';
import { Drops } from '../feeds/drops.ts';
import type { FeedListening } from '../feeds/feed.ts';
import type { Listening, ListeningSide } from '../listeners.ts';
import { listeningAt, openListener } from '../open-listener.ts';
import type { GateReply } from './gate-replies.ts';

/** What browsers are shown over HTTPS, PEM: with the chain behind it, and without a passphrase. */
export interface GateIdentity {
  readonly certificate: string;
  readonly key: string;
}

export interface BrowserPortOptions {
  readonly listen: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** How long a connection may say nothing between two requests. */
  readonly idleMs: number;
  /** null: HTTP. */
  readonly identity: GateIdentity | null;
}

export interface BrowserPortContext {
  readonly clock: Clock;
  readonly report: Report;
  /** Never rejects. What it is given is a request whose body does not matter. */
  readonly reply: (request: IncomingMessage) => Promise<GateReply>;
}

const mostConnections = 1000;
/** So that one machine cannot keep all others out. */
const mostOfOneAddress = 100;
const headersLimitMs = 10_000;
/** For a request with what is posted. */
const requestLimitMs = 60_000;
const limitsLookedAtMs = 2000;
/** How long a browser that still sends is listened to behind its last reply, which it would lose otherwise. */
const lingerMs = 5000;

/** Where browsers ask over HTTP: takes connections within bounds, and carries replies. */
export class BrowserPort {
  readonly #side: ListeningSide;
  readonly #options: BrowserPortOptions;
  readonly #context: BrowserPortContext;
  readonly #server: Server;
  readonly #drops: Drops;
  readonly #open = new Map<Socket, string>();
  readonly #ofAddress = new Map<string, number>();

  /** @throws RangeError for a certificate that cannot be used */
  constructor(side: ListeningSide, options: BrowserPortOptions, context: BrowserPortContext) {
    this.#side = side;
    this.#options = options;
    this.#context = context;
    this.#drops = new Drops(context.clock, context.report);
    const limits = {
      handshakeTimeout: headersLimitMs,
      maxHeaderSize: 2 * longestNtlmMessage,
      headersTimeout: headersLimitMs,
      requestTimeout: requestLimitMs,
      connectionsCheckingInterval: limitsLookedAtMs,
      keepAliveTimeout: options.idleMs,
    };
    this.#server =
      options.identity === null ? createServer(limits) : tlsServer(side, options.identity, limits);
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const address = plainAddress(socket.remoteAddress ?? '');
      if (address !== '') this.#drops.drop(address, 'tls-handshake', error.code ?? error.message);
    });
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('checkContinue', (request, response) => void this.#answer(request, response, true));
    this.#server.on(
      'connect',
      (request: IncomingMessage, socket: Socket, head: Buffer) =>
        void this.#answerConnect(request, socket, head),
    );
    this.#server.on('connection', (socket: Socket) => this.#take(socket));
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Connections that were not taken, by reason. */
  get dropped(): Partial<Record<DroppedBecause, number>> {
    return this.#drops.counts;
  }

  /** null while it is not open. */
  get address(): Listening | null {
    return listeningAt(this.#server);
  }

  /** Rejects with ListenFailure. */
  async open(): Promise<FeedListening> {
    const side = this.#side;
    return { side, ...(await openListener(this.#server, side, this.#options, this.#context.report)) };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    // Those that CONNECT has taken out among them.
    for (const socket of this.#open.keys()) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    // A connection that CONNECT had taken out comes by once more.
    if (this.#open.has(socket)) return;
    socket.on('error', () => {});
    const address = plainAddress(socket.remoteAddress ?? '');
    const others = this.#ofAddress.get(address) ?? 0;
    if (this.#open.size >= mostConnections || others >= mostOfOneAddress || address === '') {
      socket.destroy();
      if (address !== '') this.#drops.drop(address, 'too-many-connections');
      return;
    }
    this.#open.set(socket, address);
    this.#ofAddress.set(address, others + 1);
    socket.once('close', () => {
      this.#open.delete(socket);
      const left = (this.#ofAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
    });
  }

  /** @param asksFirst the browser waits to be told whether it is to send what it posts */
  async #answer(request: IncomingMessage, response: ServerResponse, asksFirst = false): Promise<void> {
    // What a browser posts is not for us.
    request.resume();
    const reply = await this.#context.reply(request);
    if (response.destroyed) return;
    const { status, headers, text, ends } = reply;
    // Only where the connection has to go on is it worth the way.
    if (asksFirst && !ends && status !== 200) response.writeContinue();
    response.writeHead(status, {
      ...fieldsOf(text),
      ...headers,
      ...(ends && { connection: 'close' }),
    });
    response.write(`${text}\n`);
    if (!ends || request.complete) {
      response.end();
      return;
    }
    const limit = this.#context.clock.after(lingerMs, () => response.end());
    request.once('close', () => {
      limit.cancel();
      response.end();
    });
  }

  /** The same for CONNECT, which hands out the bare connection, and what came behind it. */
  async #answerConnect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const reply = await this.#context.reply(request);
    if (socket.destroyed) return;
    const { headers, text, ends } = reply;
    // There is no tunnel: who is let through is told so, and not by a status that promises one.
    const status = reply.status === 200 ? 501 : reply.status;
    const isOver = ends || status === 501;
    const fields = { ...fieldsOf(text), ...headers, ...(isOver && { connection: 'close' }) };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}\n`);
    if (isOver) {
      socket.end();
      return;
    }
    // The next request of this connection is read as the first was.
    if (head.length > 0) socket.unshift(head);
    this.#server.emit(this.#options.identity === null ? 'connection' : 'secureConnection', socket);
  }
}

function tlsServer(
  side: ListeningSide,
  { certificate, key }: GateIdentity,
  limits: Parameters<typeof createTlsServer>[0],
): Server {
  try {
    return createTlsServer({ ...limits, cert: certificate, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new RangeError(`certificates cannot be used for ${side}: ${(error as Error).message}`);
  }
}

function fieldsOf(text: string): Record<string, string | number> {
  return {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
    'cache-control': 'no-store',
  };
}
