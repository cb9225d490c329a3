import type { TLSSocket } from 'node:tls';
import type { Timer } from '../../../../clock.ts';
import { mostGateNegotiations, mostGates, timers } from '../../../wire/profile.ts';
import { CertifiedPort, type CertifiedPortOptions } from '../../certified-port.ts';
import { collectorEvent } from '../../events.ts';
import { Drops } from '../../feeds/drops.ts';
import type { FeedContext, FeedListening } from '../../feeds/feed.ts';
import { hostPort } from '../../listeners.ts';
import { type NtlmNegotiation, type NtlmVerdict, type NtlmVerifier, ownVerdict } from '../service.ts';
import { GateLinkFrames } from './frames.ts';
import { GateLinkError } from './gate-link-error.ts';
import { encodeGateLink, type GateLinkMessage, gateLinkVersion, longestFrame } from './messages.ts';

export interface GateLinkServerOptions extends Omit<CertifiedPortOptions, 'most' | 'authority'> {
  /** How long a client may take from the challenge to its answer. */
  readonly answerWithinMs: number;
}

export interface GateLinkContext extends Pick<FeedContext, 'clock' | 'report'> {
  readonly verifier: NtlmVerifier;
  /** Told of every verdict that somebody still waited for. */
  readonly judged: (client: string, verdict: NtlmVerdict, gate: string) => void;
}

interface Open {
  readonly negotiation: NtlmNegotiation;
  readonly client: string;
  readonly timer: Timer;
  isAnswered: boolean;
}

interface Gate {
  readonly socket: TLSSocket;
  readonly address: string;
  readonly open: Map<number, Open>;
  heard: number;
}

/** Bytes that wait for a gate which does not read; it is let go beyond them. */
const mostUnread = 8 * 1024 * 1024;

/** Serves verdicts to gates in processes of their own (docs/protocol/windows.md, Gate link). The framing is ours, no FortiGate speaks it. */
export class GateLinkServer {
  readonly #options: GateLinkServerOptions;
  readonly #context: GateLinkContext;
  readonly #port: CertifiedPort;
  readonly #drops: Drops;
  readonly #gates = new Set<Gate>();
  #messages = 0;
  #unanswered = 0;
  #sweep: Timer | null = null;

  /** @throws RangeError for certificates or sources that cannot be used */
  constructor(options: GateLinkServerOptions, context: GateLinkContext) {
    this.#options = options;
    this.#context = context;
    this.#drops = new Drops(context.clock, context.report);
    this.#port = new CertifiedPort(
      'NTLM gates over TLS',
      { ...options, most: mostGates, authority: 'gate-link.ca' },
      {
        ...context,
        secured: (socket, address, certificate) => this.#secured(socket, address, certificate),
        dropped: (address, why, detail) => this.#drops.drop(address, why, detail),
      },
    );
  }

  get health() {
    const { address } = this.#port;
    return {
      address: address ? hostPort(address) : '',
      gates: this.#gates.size,
      received: this.#messages,
      negotiating: [...this.#gates].reduce((sum, { open }) => sum + open.size, 0),
      unanswered: this.#unanswered,
      dropped: this.#drops.counts,
    };
  }

  /** Rejects with ListenFailure. */
  async start(): Promise<FeedListening> {
    const listening = await this.#port.open();
    this.#sweep = this.#context.clock.every(timers.agentIdle / 6, () => this.#closeIdle());
    return listening;
  }

  async stop(): Promise<void> {
    this.#sweep?.cancel();
    for (const gate of this.#gates) this.#forget(gate);
    this.#gates.clear();
    await this.#port.close();
  }

  #secured(socket: TLSSocket, address: string, certificate: string): void {
    const { clock, report } = this.#context;
    const gate: Gate = { socket, address, open: new Map(), heard: clock.now() };
    this.#gates.add(gate);
    report(collectorEvent({ msg: 'gate connected', gate: address, certificate }));
    this.#send(gate, { kind: 'hello', version: gateLinkVersion });
    const frames = new GateLinkFrames(longestFrame.collector);
    socket.on('data', (chunk: Buffer) => {
      gate.heard = clock.now();
      try {
        for (const message of frames.push(chunk)) {
          if (!this.#gates.has(gate)) return;
          this.#take(gate, message);
        }
      } catch (error) {
        if (!(error instanceof GateLinkError)) throw error;
        this.#drops.drop(address, 'bad-length', error.message);
        this.#end(gate, 'what it sent is no gate link');
      }
    });
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#end(gate, 'the gate closed the connection'));
  }

  /** @throws GateLinkError for what a gate does not say now */
  #take(gate: Gate, message: GateLinkMessage): void {
    this.#messages += 1;
    switch (message.kind) {
      case 'alive':
        this.#send(gate, message);
        return;
      case 'begin':
        void this.#begin(gate, message);
        return;
      case 'answer':
        void this.#answer(gate, message.negotiation, message.authenticate);
        return;
      case 'drop':
        this.#drop(gate, message.negotiation);
        return;
      default:
        throw new GateLinkError(`a message that gates do not send: ${message.kind}`);
    }
  }

  async #begin(gate: Gate, message: GateLinkMessage & { kind: 'begin' }): Promise<void> {
    const { negotiation: number, address: client, wantsGroups, negotiate } = message;
    if (gate.open.has(number)) {
      this.#end(gate, 'it began a negotiation that goes on already');
      return;
    }
    if (gate.open.size >= mostGateNegotiations) {
      this.#tell(gate, number, ownVerdict('busy'));
      return;
    }
    const negotiation = this.#context.verifier.begin({ address: client, wantsGroups });
    const timer = this.#context.clock.after(this.#options.answerWithinMs, () => {
      this.#unanswered += 1;
      this.#drop(gate, number);
    });
    const open: Open = { negotiation, client, timer, isAnswered: false };
    gate.open.set(number, open);
    const challenge = await negotiation.challenge(negotiate);
    if (gate.open.get(number) !== open) return;
    if (Buffer.isBuffer(challenge)) {
      this.#send(gate, { kind: 'challenge', negotiation: number, challenge });
      return;
    }
    this.#drop(gate, number);
    this.#tell(gate, number, challenge);
  }

  async #answer(gate: Gate, number: number, authenticate: Buffer): Promise<void> {
    const open = gate.open.get(number);
    if (!open) {
      this.#tell(gate, number, ownVerdict('too-late'));
      return;
    }
    if (open.isAnswered) {
      this.#end(gate, 'it answered one challenge twice');
      return;
    }
    open.isAnswered = true;
    open.timer.cancel();
    const verdict = await open.negotiation.answer(authenticate);
    // A client that hung up has not waited to learn it, and is no logon by it.
    if (gate.open.get(number) !== open) return;
    this.#drop(gate, number);
    this.#context.judged(open.client, verdict, gate.address);
    this.#tell(gate, number, verdict);
  }

  #drop(gate: Gate, number: number): void {
    const open = gate.open.get(number);
    if (!open) return;
    gate.open.delete(number);
    open.timer.cancel();
    open.negotiation.end();
  }

  #tell(gate: Gate, negotiation: number, verdict: NtlmVerdict): void {
    this.#send(gate, { kind: 'verdict', negotiation, verdict });
  }

  #send(gate: Gate, message: GateLinkMessage): void {
    if (gate.socket.writableLength > mostUnread) this.#end(gate, 'it does not read what it asked for');
    else gate.socket.write(encodeGateLink(message));
  }

  #end(gate: Gate, why: string): void {
    if (!this.#gates.delete(gate)) return;
    this.#forget(gate);
    gate.socket.destroy();
    this.#context.report(collectorEvent({ msg: 'gate disconnected', gate: gate.address, why }));
  }

  #forget(gate: Gate): void {
    for (const number of [...gate.open.keys()]) this.#drop(gate, number);
  }

  #closeIdle(): void {
    const due = this.#context.clock.now() - timers.agentIdle;
    for (const gate of this.#gates)
      if (gate.heard <= due) this.#end(gate, `it sent nothing for ${timers.agentIdle / 1000} s`);
  }
}
