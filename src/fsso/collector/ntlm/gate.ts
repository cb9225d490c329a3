import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../../clock.ts';
import { longestNtlmMessage } from '../../ntlm/messages.ts';
import { plainAddress } from '../allow-list.ts';
import { collectorEvent, type Report } from '../events.ts';
import type { FeedListening } from '../feeds/feed.ts';
import { ListenFailure } from '../listeners.ts';
import type { Admitted } from './admitted.ts';
import { isEnabledBrowser } from './browsers.ts';
import {
  askFor,
  type GateMode,
  type GateReply,
  isPermitted,
  isStranger,
  letThrough,
  refusalOf,
  refuse,
} from './gate-replies.ts';
import type { NtlmNegotiation, NtlmVerdict, NtlmVerifier } from './service.ts';

export interface GateOptions {
  readonly mode: GateMode;
  readonly listen: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Texts in `User-Agent`; none: all browsers are offered NTLM. */
  readonly enabledBrowsers: readonly string[];
  /** Lets those through, as guests, whom no domain knows, and those who are offered no NTLM. */
  readonly guests: boolean;
  /** Only who is in one of them, written `DOMAIN/GROUP`, is let through; none: everybody who is right. */
  readonly groups: readonly string[];
  /** How long a negotiation may take, from the challenge to the answer. */
  readonly answerWithinMs: number;
}

export interface GateContext {
  readonly clock: Clock;
  readonly report: Report;
  readonly verifier: NtlmVerifier;
  readonly admitted: Admitted;
  /** Told of every verdict; `address` is the client's. */
  readonly judged: (address: string, verdict: NtlmVerdict) => void;
}

const mostConnections = 1000;
const headersLimitMs = 10_000;
const sides = { transparent: 'NTLM gate', 'explicit-proxy': 'NTLM proxy gate' } as const;

interface Conversation {
  readonly negotiation: NtlmNegotiation;
  readonly timer: Timer;
  isAnswered: boolean;
}

/**
 * Asks browsers who they are, by NTLM over HTTP (docs/protocol/windows.md, NTLM service). It forwards nothing: who is verified is told
 * so. One connection carries one negotiation, and ends it by ending.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #context: GateContext;
  readonly #server: Server;
  readonly #conversations = new Map<Socket, Conversation>();
  readonly #open = new Set<Socket>();
  #requests = 0;
  #unanswered = 0;

  constructor(options: GateOptions, context: GateContext) {
    this.#options = options;
    this.#context = context;
    this.#server = createServer({ maxHeaderSize: 2 * longestNtlmMessage }, (request, response) => {
      void this.#reply(request).then((reply) => answer(response, reply));
      // What a browser posts is not for us.
      request.resume();
    });
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => {
      void this.#reply(request).then((reply) => {
        // There is no tunnel: who is let through learns that from the status.
        const isThrough = reply.status === 200;
        answerBare(socket, isThrough ? { ...reply, status: 501 } : reply);
        // Handed over for a tunnel that is not to be: the next request of this connection is read as the first was.
        if (!isThrough && !reply.ends) this.#server.emit('connection', socket);
        else socket.end();
      });
    });
    this.#server.maxConnections = mostConnections;
    this.#server.headersTimeout = headersLimitMs;
    this.#server.on('connection', (socket: Socket) => {
      // A connection that CONNECT had taken out comes by once more.
      if (this.#open.has(socket)) return;
      this.#open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#end(socket);
      });
    });
  }

  get health(): {
    address: string;
    mode: GateMode;
    requests: number;
    connections: number;
    negotiating: number;
    unanswered: number;
  } {
    const bound = this.#server.address();
    const address = bound === null || typeof bound === 'string' ? '' : `${bound.address}:${bound.port}`;
    return {
      address,
      mode: this.#options.mode,
      requests: this.#requests,
      connections: this.#open.size,
      negotiating: this.#conversations.size,
      unanswered: this.#unanswered,
    };
  }

  /** Rejects with ListenFailure. */
  async open(): Promise<FeedListening> {
    const { listen, port, mode } = this.#options;
    const side = sides[mode];
    await new Promise<void>((done, failed) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        failed(new ListenFailure(side, listen, port, error)),
      );
      this.#server.listen({ port, host: listen, exclusive: true }, done);
    });
    this.#server.removeAllListeners('error');
    this.#server.on('error', (error) =>
      this.#context.report(collectorEvent({ msg: 'listener failed', listener: side, error: error.message })),
    );
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the listener has no address');
    return { side, address: bound.address, port: bound.port };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    // Those that CONNECT has taken out among them.
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  async #reply(request: IncomingMessage): Promise<GateReply> {
    this.#requests += 1;
    const { socket, headers } = request;
    const { mode, enabledBrowsers, guests } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? '');
    const token = tokenOf(headers);
    if (token !== null) return this.#negotiate(socket, address, token);
    const admission = this.#context.admitted.at(address);
    if (admission) return letThrough(admission.user, admission.domain, admission.isGuest);
    // The exchange ends here: the browser begins again with what it is.
    if (isEnabledBrowser(headers['user-agent'] ?? '', enabledBrowsers)) return askFor(mode, null);
    return guests ? this.#admitGuest(address) : refuse(403, 'NTLM is not offered to this browser');
  }

  async #negotiate(socket: Socket, address: string, token: Buffer): Promise<GateReply> {
    const begun = this.#conversations.get(socket);
    if (begun?.isAnswered) return refuse(400, 'the answer before this one has no verdict yet');
    if (begun) {
      begun.isAnswered = true;
      begun.timer.cancel();
      const verdict = await begun.negotiation.answer(token);
      // Whoever hung up has not waited to learn it, and is not let through by it.
      if (socket.destroyed) return refuse(400, 'nobody is there any more');
      this.#end(socket);
      return this.#judge(address, verdict);
    }
    const { mode, groups } = this.#options;
    const negotiation = this.#context.verifier.begin({ address, wantsGroups: groups.length > 0 });
    this.#conversations.set(socket, { negotiation, timer: this.#limit(socket), isAnswered: false });
    const challenge = await negotiation.challenge(token);
    if (Buffer.isBuffer(challenge)) return askFor(mode, challenge);
    this.#end(socket);
    return challenge.kind === 'malformed' ? refuse(400, challenge.cause) : refusalOf(challenge, mode);
  }

  #judge(address: string, verdict: NtlmVerdict): GateReply {
    const { guests, mode, groups } = this.#options;
    const { kind, user, domain } = verdict;
    this.#context.judged(address, verdict);
    if (kind === 'ok') {
      if (groups.length > 0 && verdict.groupNames === null)
        return refuse(503, 'nobody can tell your groups now: try again');
      if (!isPermitted(verdict, groups)) return refuse(403, 'you are in no group that is let through here');
      this.#context.admitted.admit(address, user, domain, false);
      return letThrough(user, domain, false);
    }
    return guests && isStranger(kind) ? this.#admitGuest(address) : refusalOf(verdict, mode);
  }

  #admitGuest(address: string): GateReply {
    this.#context.admitted.admit(address, 'guest', '', true);
    return letThrough('guest', '', true);
  }

  #limit(socket: Socket): Timer {
    return this.#context.clock.after(this.#options.answerWithinMs, () => {
      this.#unanswered += 1;
      socket.destroy();
    });
  }

  #end(socket: Socket): void {
    const conversation = this.#conversations.get(socket);
    if (!conversation) return;
    this.#conversations.delete(socket);
    conversation.timer.cancel();
    conversation.negotiation.end();
  }
}

/** What stands behind `NTLM` in either header; null where there is nothing of that kind. */
function tokenOf(headers: IncomingMessage['headers']): Buffer | null {
  for (const value of [headers['proxy-authorization'], headers.authorization]) {
    const blob = /^NTLM +([A-Za-z0-9+/]+={0,2}) *$/i.exec(value ?? '')?.[1];
    if (blob !== undefined) return Buffer.from(blob, 'base64');
  }
  return null;
}

function answer(response: ServerResponse, { status, headers, text, ends }: GateReply): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
    'cache-control': 'no-store',
    ...headers,
    ...(ends && { connection: 'close' }),
  });
  response.end(`${text}\n`);
}

/** The same for CONNECT, which hands out the bare connection. */
function answerBare(socket: Socket, { status, headers, ends }: GateReply): void {
  const fields = { ...headers, 'content-length': '0', ...(ends && { connection: 'close' }) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
}
