import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../../clock.ts';
import { answerToAnother, channelBindings } from '../../ntlm/channel-bindings.ts';
import { NtlmError } from '../../ntlm/ntlm-error.ts';
import { plainAddress } from '../allow-list.ts';
import type { DroppedBecause, Report } from '../events.ts';
import type { FeedListening } from '../feeds/feed.ts';
import { hostPort } from '../listeners.ts';
import type { Admitted } from './admitted.ts';
import { BrowserPort, type GateIdentity } from './browser-port.ts';
import { isEnabledBrowser } from './browsers.ts';
import {
  askFor,
  type GateMode,
  type GateReply,
  guest,
  isPermitted,
  isStranger,
  type LetThrough,
  letThrough,
  onceMore,
  refusalOf,
  refuse,
} from './gate-replies.ts';
import { type NtlmNegotiation, type NtlmVerdict, type NtlmVerifier, ownVerdict } from './service.ts';
import { samePlace, wantedPlace } from './wanted-place.ts';

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
  /** Makes it HTTPS; null: HTTP. */
  readonly identity: GateIdentity | null;
}

export interface GateContext {
  readonly clock: Clock;
  readonly report: Report;
  readonly verifier: NtlmVerifier;
  readonly admitted: Admitted;
  /** Told of every verdict; `address` is the client's. */
  readonly judged: (address: string, verdict: NtlmVerdict) => void;
}

/** A connection stands longer than an answer may take, so that it is the limit of the answer that is felt. */
const idleBeyondMs = 5000;
const sides = { transparent: 'NTLM gate', 'explicit-proxy': 'NTLM proxy gate' } as const;

interface Conversation {
  readonly negotiation: NtlmNegotiation;
  readonly timer: Timer;
  /** Forgets it with its connection. */
  readonly gone: () => void;
  state: 'begun' | 'challenged' | 'answered';
}

/**
 * Asks browsers who they are, by NTLM over HTTP (docs/protocol/windows.md, NTLM service). It forwards nothing: who is verified is told
 * so. One connection carries one negotiation, and ends it by ending. A browser is known by the address of its connection and by nothing
 * that it says of itself.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #context: GateContext;
  readonly #port: BrowserPort;
  /** What a client over HTTPS ties its answer to. */
  readonly #bindings: Buffer | null;
  readonly #conversations = new Map<Socket, Conversation>();
  #requests = 0;
  #unanswered = 0;

  constructor(options: GateOptions, context: GateContext) {
    this.#options = options;
    this.#context = context;
    const { mode, listen, port, answerWithinMs, identity } = options;
    this.#port = new BrowserPort(
      sides[mode],
      { listen, port, identity, idleMs: answerWithinMs + idleBeyondMs },
      { ...context, reply: (request) => this.#reply(request) },
    );
    this.#bindings = identity && channelBindings(new X509Certificate(identity.certificate).raw);
  }

  get health(): {
    address: string;
    mode: GateMode;
    requests: number;
    connections: number;
    negotiating: number;
    unanswered: number;
    dropped: Partial<Record<DroppedBecause, number>>;
  } {
    const { address, connections, dropped } = this.#port;
    return {
      address: address ? hostPort(address) : '',
      mode: this.#options.mode,
      requests: this.#requests,
      negotiating: this.#conversations.size,
      unanswered: this.#unanswered,
      ...{ connections, dropped },
    };
  }

  /** Rejects with ListenFailure. */
  open(): Promise<FeedListening> {
    return this.#port.open();
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  async #reply(request: IncomingMessage): Promise<GateReply> {
    this.#requests += 1;
    const { socket, headers } = request;
    const { mode, enabledBrowsers, guests } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? '');
    const token = tokenOf(headers);
    if (token !== null) return this.#negotiate(request, address, token);
    const admission = this.#context.admitted.at(address);
    if (admission) return letThrough(admission, mode, null);
    // The exchange ends here: the browser begins again with what it is.
    if (isEnabledBrowser(headers['user-agent'] ?? '', enabledBrowsers)) return askFor(mode, null);
    return guests ? this.#admit(request, address, guest) : refuse(403, 'NTLM is not offered to this browser');
  }

  async #negotiate(request: IncomingMessage, address: string, token: Buffer): Promise<GateReply> {
    const { socket } = request;
    const begun = this.#conversations.get(socket);
    if (!begun) return this.#begin(socket, address, token);
    // A browser that does not wait for what it is told.
    if (begun.state === 'begun') return refuse(400, 'an answer before there was a challenge');
    if (begun.state === 'answered') return refuse(400, 'the answer before this one has no verdict yet');
    begun.state = 'answered';
    begun.timer.cancel();
    const relayed = this.#relayed(token);
    if (relayed !== null) {
      this.#end(socket);
      return this.#judge(request, address, relayed);
    }
    const verdict = await begun.negotiation.answer(token);
    // Whoever hung up has not waited to learn it, and is not let through by it.
    if (socket.destroyed) return refuse(400, 'nobody is there any more');
    this.#end(socket);
    return this.#judge(request, address, verdict);
  }

  async #begin(socket: Socket, address: string, token: Buffer): Promise<GateReply> {
    const { mode, groups } = this.#options;
    const negotiation = this.#context.verifier.begin({ address, wantsGroups: groups.length > 0 });
    const gone = () => this.#end(socket);
    const begun: Conversation = { negotiation, timer: this.#limit(socket), gone, state: 'begun' };
    this.#conversations.set(socket, begun);
    socket.once('close', gone);
    const challenge = await negotiation.challenge(token);
    if (Buffer.isBuffer(challenge)) {
      begun.state = 'challenged';
      return askFor(mode, challenge);
    }
    this.#end(socket);
    return challenge.kind === 'malformed' ? refuse(400, challenge.cause) : refusalOf(challenge, mode);
  }

  /** The verdict on an answer that was given over another TLS connection than ours. Nobody is asked about it. */
  #relayed(token: Buffer): NtlmVerdict | null {
    if (this.#bindings === null) return null;
    try {
      const said = answerToAnother(token, this.#bindings);
      if (said === null) return null;
      const { user, domain, workstation } = said;
      return ownVerdict('relayed', { user, domain, workstation });
    } catch (error) {
      // Whoever gives the verdict says what is wrong with it.
      if (error instanceof NtlmError) return null;
      throw error;
    }
  }

  #judge(request: IncomingMessage, address: string, verdict: NtlmVerdict): GateReply {
    const { guests, mode, groups } = this.#options;
    const { kind } = verdict;
    this.#context.judged(address, verdict);
    if (kind === 'ok') {
      if (groups.length > 0 && verdict.groupNames === null)
        return refuse(503, 'nobody can tell your groups now: try again');
      if (!isPermitted(verdict, groups)) return refuse(403, 'you are in no group that is let through here');
      const { user, domain } = verdict;
      return this.#admit(request, address, { user, domain, isGuest: false });
    }
    if (kind === 'ask-again') return onceMore(mode, samePlace(request, mode === 'explicit-proxy'));
    return guests && isStranger(kind) ? this.#admit(request, address, guest) : refusalOf(verdict, mode);
  }

  #admit(request: IncomingMessage, address: string, who: LetThrough): GateReply {
    const { mode } = this.#options;
    this.#context.admitted.admit(address, who.user, who.domain, who.isGuest);
    // Nobody is stopped on the way by a gate over HTTPS: whoever is there came to it.
    const wasStopped = mode === 'transparent' && this.#bindings === null;
    return letThrough(who, mode, wasStopped ? wantedPlace(request, this.#port.address?.port) : null);
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
    socket.off('close', conversation.gone);
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
