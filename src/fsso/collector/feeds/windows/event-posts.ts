import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import { plainAddress } from '../../allow-list.ts';
import type { DroppedBecause, Report } from '../../events.ts';
import type { Listening } from '../../listeners.ts';
import { listeningAt, openListener } from '../../open-listener.ts';
import type { FeedListening } from '../feed.ts';

/** Where events are posted to. */
export interface EventPostOptions {
  readonly listen: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Asked for as `Authorization: Bearer SECRET`; null where a certificate is what counts. */
  readonly secret: string | null;
  /** Certificates on both sides, PEM; null for plain HTTP. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly ca: string } | null;
}

/** Octets of one request. */
const longestBody = 2 * 1024 * 1024;
const mostConnections = 32;
const headLimit = 10_000;
const requestLimit = 30_000;

const side = 'Windows events';

/** Takes events by HTTP POST, in a body of XML (docs/protocol/fsso.md, Feeds). */
export class EventPosts {
  readonly #options: EventPostOptions;
  readonly #report: Report;
  readonly #server: Server;
  readonly #secret: Buffer | null;
  readonly #post: (body: Buffer, source: string) => Promise<unknown>;
  readonly #refuse: (source: string, why: DroppedBecause, detail: string) => void;

  /** @throws RangeError for certificates that cannot be used */
  constructor(
    options: EventPostOptions,
    report: Report,
    post: (body: Buffer, source: string) => Promise<unknown>,
    refuse: (source: string, why: DroppedBecause, detail: string) => void,
  ) {
    this.#options = options;
    this.#report = report;
    this.#post = post;
    this.#refuse = refuse;
    this.#secret = options.secret === null ? null : digest(options.secret);
    this.#server = makeServer(options, (request, response) => this.#serve(request, response));
    this.#server.maxConnections = mostConnections;
    this.#server.headersTimeout = headLimit;
    this.#server.requestTimeout = requestLimit;
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: { remoteAddress?: string }) =>
      refuse(plainAddress(socket.remoteAddress ?? ''), 'tls-handshake', error.code ?? error.message),
    );
  }

  get address(): Listening | null {
    return listeningAt(this.#server);
  }

  /** Begins to listen. Rejects with ListenFailure. */
  async open(): Promise<FeedListening> {
    return { side, ...(await openListener(this.#server, side, this.#options, this.#report)) };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const source = plainAddress(request.socket.remoteAddress ?? '');
    const answer = (status: number, why: DroppedBecause | null, text: string) => {
      if (why) this.#refuse(source, why, text);
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        ...(status === 401 && { 'www-authenticate': 'Bearer' }),
        ...(status === 405 && { allow: 'POST' }),
        // What is left of a body that nobody reads must not be taken for the next request.
        ...(status >= 400 && { connection: 'close' }),
      });
      response.end(status === 204 ? undefined : `${text}\n`);
    };
    const tooLong = () => answer(413, 'too-long', `more than ${longestBody} octets`);
    if (!this.#mayPost(request)) answer(401, 'bad-authenticator', 'the shared secret is another one');
    else if (request.method !== 'POST') answer(405, null, 'events are posted');
    else if (Number(request.headers['content-length'] ?? 0) > longestBody) tooLong();
    if (response.headersSent) return;
    const chunks: Buffer[] = [];
    let octets = 0;
    request.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets <= longestBody) chunks.push(chunk);
      else if (!response.headersSent) {
        chunks.length = 0;
        tooLong();
      }
    });
    request.on('end', () => {
      if (response.headersSent) return;
      void this.#post(Buffer.concat(chunks), source).then(() => answer(204, null, ''));
    });
    request.on('error', () => {});
    response.on('error', () => {});
  }

  #mayPost({ headers }: IncomingMessage): boolean {
    if (this.#secret === null) return this.#options.tls !== null;
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    // Digests have one length, so that comparing tells nothing of the secret's.
    return timingSafeEqual(digest(given), this.#secret);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function makeServer(
  { tls }: EventPostOptions,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === null) return createPlain(serve);
  try {
    const { certificate, key, ca } = tls;
    return createSecure(
      { cert: certificate, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
      serve,
    );
  } catch (error) {
    throw new RangeError(`windows-events: certificates cannot be used: ${(error as Error).message}`);
  }
}
