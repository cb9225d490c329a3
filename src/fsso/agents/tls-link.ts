import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../clock.ts';
import { timers } from '../wire/profile.ts';
import type { CollectorAddress } from './collector-address.ts';
import { type AgentTls, openTls } from './open-tls.ts';
import { collectorPlace, isCertificateFault, refusal } from './tls-refusal.ts';

/** Datagrams that wait while the collector is away, at most. */
const mostWaiting = 10_000;

/** A connection to the TLS port of a collector, which comes back by itself (docs/protocol/fsso.md, Agents over TLS). */
export class TlsLink {
  readonly #to: CollectorAddress;
  readonly #tls: AgentTls;
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  /** Not taken by the system yet, oldest first. */
  readonly #waiting: Buffer[] = [];
  #socket: TLSSocket | null = null;
  /** The collector has said that it accepts us. */
  #accepted = false;
  #writing = 0;
  #retry: Timer | null = null;
  #failures = 0;
  #stopped = false;
  #settled: (() => void) | null = null;

  /** @param warn takes one line for a person, raw */
  constructor(to: CollectorAddress, tls: AgentTls, clock: Clock, warn: (text: string) => void) {
    this.#to = to;
    this.#tls = tls;
    this.#clock = clock;
    this.#warn = warn;
  }

  /**
   * Connects, and resolves when the collector accepts us, or when it cannot be reached now and will be tried again.
   * Rejects when certificates do not fit: that does not mend itself.
   */
  start(): Promise<void> {
    return new Promise((done, failed) => this.#connect(done, failed));
  }

  /**
   * Takes one datagram: it goes out now, or when the collector is back.
   * @throws Error when too many wait already; a keepalive does not wait
   */
  send(payload: Buffer, isKeepalive: boolean): void {
    if (!this.#accepted && isKeepalive) return;
    if (this.#waiting.length >= mostWaiting)
      throw Object.assign(new Error(`${this.#place} is away, and ${mostWaiting} datagrams wait for it`), {
        code: 'ENOBUFS',
      });
    this.#waiting.push(payload);
    this.#flush();
  }

  /** Sends what waits if that is possible within five seconds, and closes. Resolves with how many were not sent. */
  async stop(): Promise<number> {
    if (this.#accepted && this.#waiting.length + this.#writing > 0)
      await new Promise<void>((done) => {
        const limit = this.#clock.after(timers.hangUpLimit, done);
        this.#settled = () => {
          limit.cancel();
          done();
        };
      });
    this.#stopped = true;
    this.#retry?.cancel();
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      const closed = new Promise<void>((done) => socket.once('close', () => done()));
      const limit = this.#clock.after(timers.hangUpLimit, () => socket.destroy());
      // Behind the datagrams, so that none is lost to a reset.
      if (this.#accepted) socket.end();
      else socket.destroy();
      await closed;
      limit.cancel();
    }
    return this.#waiting.length + this.#writing;
  }

  get #place(): string {
    return collectorPlace(this.#to);
  }

  #connect(done: () => void, failed: (error: Error) => void): void {
    const isFirst = this.#failures === 0;
    let socket: TLSSocket;
    try {
      socket = openTls(this.#to, this.#tls);
    } catch (error) {
      failed(error as Error);
      return;
    }
    this.#socket = socket;
    let secured = false;
    let reason: NodeJS.ErrnoException | null = null;
    const limit = this.#clock.after(timers.connectLimit, () =>
      socket.destroy(new Error(`no answer within ${timers.connectLimit / 1000} s`)),
    );
    socket.once('secureConnect', () => {
      secured = true;
    });
    // TLS 1.3 lets us believe that we are in before the collector has judged our certificate: its first words decide.
    socket.on('data', () => {
      if (this.#accepted) return;
      limit.cancel();
      this.#accepted = true;
      if (!isFirst) this.#warn(`${this.#place} is back`);
      this.#failures = 0;
      done();
      this.#flush();
    });
    socket.on('error', (error) => {
      reason = error;
    });
    socket.once('close', () => {
      limit.cancel();
      const wasAccepted = this.#accepted;
      this.#accepted = false;
      if (this.#stopped) return;
      this.#socket = null;
      if (!wasAccepted && isFirst && (secured || (reason !== null && isCertificateFault(reason)))) {
        failed(new Error(`${this.#place} ${refusal(reason, secured, 'agent-ca')}`));
        return;
      }
      const why = wasAccepted ? 'closed the connection' : refusal(reason, secured, 'agent-ca');
      if (this.#failures === 0) this.#warn(`${this.#place} ${why}; it is tried again`);
      const pauses = timers.roundBackoff;
      const pause = pauses[Math.min(this.#failures, pauses.length - 1)] as number;
      this.#failures += 1;
      this.#retry = this.#clock.after(pause, () =>
        this.#connect(
          () => {},
          () => {},
        ),
      );
      done();
    });
  }

  #flush(): void {
    const socket = this.#socket;
    if (!socket || !this.#accepted) return;
    for (const payload of this.#waiting.splice(0)) {
      this.#writing += 1;
      socket.write(payload, (error) => {
        this.#writing -= 1;
        if (error) this.#waiting.push(payload);
        if (this.#writing === 0 && this.#waiting.length === 0) this.#settled?.();
      });
    }
  }
}
