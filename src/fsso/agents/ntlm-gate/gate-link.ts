import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../../clock.ts';
import { GateLinkFrames } from '../../collector/ntlm/gate-link/frames.ts';
import { GateLinkError } from '../../collector/ntlm/gate-link/gate-link-error.ts';
import {
  encodeGateLink,
  type GateLinkMessage,
  gateLinkVersion,
  longestFrame,
} from '../../collector/ntlm/gate-link/messages.ts';
import {
  type NtlmAsker,
  type NtlmNegotiation,
  type NtlmVerdict,
  type NtlmVerifier,
  ownVerdict,
} from '../../collector/ntlm/service.ts';
import { mostGateNegotiations, timers } from '../../wire/profile.ts';
import type { CollectorAddress } from '../collector-address.ts';
import { type AgentTls, openTls } from '../open-tls.ts';
import { collectorPlace, isCertificateFault, refusal } from '../tls-refusal.ts';

export interface GateLinkOptions {
  /** Tried in this order, the next one when one is gone. */
  readonly collectors: readonly CollectorAddress[];
  readonly tls: AgentTls;
  readonly clock: Clock;
  /** Takes one line for a person, raw. */
  readonly warn: (text: string) => void;
}

interface Waiting {
  readonly done: (came: Buffer | NtlmVerdict) => void;
  readonly limit: Timer;
}

/** A gate's connection to a collector, which comes back by itself, and through which it verifies (docs/protocol/windows.md, Gate link). */
export class GateLink implements NtlmVerifier {
  readonly #options: GateLinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Negotiations begin and end on one connection. */
  #connection: { readonly socket: TLSSocket; isAccepted: boolean; heard: number } | null = null;
  #last = 0;
  #at = 0;
  #failures = 0;
  #retry: Timer | null = null;
  #isStopped = false;

  constructor(options: GateLinkOptions) {
    this.#options = options;
  }

  /**
   * Connects, and resolves when a collector accepts us, or when the first one cannot be reached now and others will be tried.
   * Rejects when certificates do not fit: that does not mend itself.
   */
  start(): Promise<void> {
    return new Promise((done, failed) => this.#connect(done, failed));
  }

  /** Whoever waits for a verdict is told that there is none. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    const socket = this.#connection?.socket;
    this.#giveUp('the gate ends');
    if (!socket || socket.closed) return;
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.destroy();
    await closed;
  }

  begin({ address, wantsGroups }: NtlmAsker): NtlmNegotiation {
    const connection = this.#connection;
    this.#last = (this.#last % 0xffffffff) + 1;
    const negotiation = this.#last;
    const isThere = () => connection?.isAccepted === true && this.#connection === connection;
    let state: 'new' | 'begun' | 'challenged' | 'answered' | 'over' = 'new';
    return {
      challenge: async (negotiate) => {
        // A connection that has ended already has none.
        if (isIP(address) === 0) return ownVerdict('malformed', { cause: 'the client is gone' });
        if (!isThere()) return noCollector('the gate has no collector now');
        if (this.#waiting.size >= mostGateNegotiations) return ownVerdict('busy');
        state = 'begun';
        const message = { kind: 'begin', negotiation, address, wantsGroups, negotiate } as const;
        const came = await this.#ask(message, timers.verdictLimit);
        // It may have ended meanwhile.
        if (state === 'begun') state = Buffer.isBuffer(came) ? 'challenged' : 'over';
        return came;
      },
      answer: async (authenticate) => {
        if (state !== 'challenged') return ownVerdict('malformed', { cause: 'an answer to no challenge' });
        if (!isThere()) return noCollector('the collector went away before the answer came');
        state = 'answered';
        const message = { kind: 'answer', negotiation, authenticate } as const;
        const came = await this.#ask(message, timers.gateVerdictLimit);
        state = 'over';
        // A challenge is no verdict.
        return Buffer.isBuffer(came) ? noCollector('the collector said what makes no sense') : came;
      },
      end: () => {
        if (state === 'new' || state === 'over') return;
        state = 'over';
        if (isThere()) this.#send({ kind: 'drop', negotiation });
        this.#settle(negotiation, noCollector('the client is gone'));
      },
    };
  }

  #ask(
    message: GateLinkMessage & { readonly negotiation: number },
    withinMs: number,
  ): Promise<Buffer | NtlmVerdict> {
    const { negotiation } = message;
    return new Promise((done) => {
      const limit = this.#options.clock.after(withinMs, () => {
        this.#send({ kind: 'drop', negotiation });
        this.#settle(negotiation, noCollector(`the collector said nothing for ${withinMs / 1000} s`));
      });
      this.#waiting.set(negotiation, { done, limit });
      this.#send(message);
    });
  }

  #settle(negotiation: number, came: Buffer | NtlmVerdict): void {
    const waiting = this.#waiting.get(negotiation);
    if (!waiting) return;
    this.#waiting.delete(negotiation);
    waiting.limit.cancel();
    waiting.done(came);
  }

  #giveUp(cause: string): void {
    this.#connection = null;
    for (const negotiation of [...this.#waiting.keys()]) this.#settle(negotiation, noCollector(cause));
  }

  #send(message: GateLinkMessage): void {
    this.#connection?.socket.write(encodeGateLink(message));
  }

  #connect(done: () => void, failed: (error: Error) => void): void {
    const { clock, tls, collectors, warn } = this.#options;
    const to = collectors[this.#at % collectors.length] as CollectorAddress;
    const place = collectorPlace(to);
    const isFirst = this.#failures === 0 && this.#at === 0;
    let socket: TLSSocket;
    try {
      socket = openTls(to, tls);
    } catch (error) {
      failed(error as Error);
      return;
    }
    const connection = { socket, isAccepted: false, heard: clock.now() };
    this.#connection = connection;
    let secured = false;
    let reason: NodeJS.ErrnoException | null = null;
    const limit = clock.after(timers.connectLimit, () =>
      socket.destroy(new Error(`no answer within ${timers.connectLimit / 1000} s`)),
    );
    const alive = clock.every(timers.agentKeepalive, () => {
      if (clock.now() - connection.heard >= timers.agentIdle)
        socket.destroy(new Error(`it said nothing for ${timers.agentIdle / 1000} s`));
      else if (connection.isAccepted) this.#send({ kind: 'alive' });
    });
    socket.once('secureConnect', () => {
      secured = true;
    });
    const frames = new GateLinkFrames(longestFrame.gate);
    socket.on('data', (chunk: Buffer) => {
      connection.heard = clock.now();
      try {
        for (const message of frames.push(chunk)) {
          if (connection.isAccepted) this.#take(message);
          else if (message.kind === 'hello' && message.version === gateLinkVersion) {
            limit.cancel();
            connection.isAccepted = true;
            if (this.#failures > 0) warn(`${place} gives verdicts again`);
            this.#failures = 0;
            done();
          } else throw new GateLinkError('speaks another version of the gate link, or none');
        }
      } catch (error) {
        if (!(error instanceof GateLinkError)) throw error;
        socket.destroy(error);
      }
    });
    socket.on('error', (error) => {
      reason = error;
    });
    socket.once('close', () => {
      limit.cancel();
      alive.cancel();
      if (this.#isStopped) return;
      const { isAccepted } = connection;
      this.#giveUp('the collector went away');
      const isOurs = secured || (reason !== null && isCertificateFault(reason));
      if (!isAccepted && isFirst && isOurs) {
        failed(new Error(`${place} ${unreached(reason, secured)}`));
        return;
      }
      const why = isAccepted
        ? `went away${reason === null ? '' : `: ${reason.message}`}`
        : unreached(reason, secured);
      if (this.#failures < collectors.length) warn(`${place} ${why}; it is tried again`);
      this.#again();
      done();
    });
  }

  /** The next collector at once, and a pause after each whole round of them. */
  #again(): void {
    const { clock, collectors } = this.#options;
    const pauses = timers.roundBackoff;
    this.#at += 1;
    this.#failures += 1;
    const round = Math.floor(this.#failures / collectors.length);
    const isRoundOver = this.#failures % collectors.length === 0;
    const pause = isRoundOver ? (pauses[Math.min(round - 1, pauses.length - 1)] as number) : 0;
    const nothing = () => {};
    this.#retry = clock.after(pause, () => this.#connect(nothing, nothing));
  }

  /** @throws GateLinkError for what a collector does not say now */
  #take(message: GateLinkMessage): void {
    switch (message.kind) {
      case 'alive':
        return;
      case 'challenge':
        this.#settle(message.negotiation, message.challenge);
        return;
      case 'verdict':
        this.#settle(message.negotiation, message.verdict);
        return;
      default:
        throw new GateLinkError(`it sent a message that collectors do not send: ${message.kind}`);
    }
  }
}

function unreached(reason: NodeJS.ErrnoException | null, secured: boolean): string {
  return reason instanceof GateLinkError ? reason.message : refusal(reason, secured, 'gate-link.ca');
}

function noCollector(cause: string): NtlmVerdict {
  return ownVerdict('no-collector', { cause });
}
