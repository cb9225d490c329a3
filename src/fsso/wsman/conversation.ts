import type { Clock } from '../../clock.ts';
import { untilAborted } from '../../until-aborted.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { placeOf, type WsmanAnswer, WsmanConnection } from './connection.ts';
import { type Envelope, isFault, readEnvelope } from './envelope.ts';
import { readFault } from './fault.ts';
import { faultFailure } from './fault-problems.ts';
import type { WsmanLogin } from './login.ts';
import type { WsmanServer } from './open-socket.ts';
import { failureOf, type ProblemPlace } from './problems.ts';
import { type WsmanLimits, wsmanLimits } from './profile.ts';
import { WsmanDecodeError } from './xml.ts';

export interface WsmanOptions {
  readonly server: WsmanServer;
  readonly login: WsmanLogin;
  readonly clock: Clock;
  readonly limits?: WsmanLimits;
}

/** How the last exchange went. */
export interface WsmanPulse {
  /** Milliseconds from request to reply. */
  readonly roundTripMs: number;
  /** The server's clock when it answered, milliseconds since the epoch and exact to a second; null where it does not tell. */
  readonly serverTime: number | null;
  /** How far the server's clock is ahead of ours, to a second; null where it does not tell its time. */
  readonly clockAheadMs: number | null;
}

/**
 * Messages to one server and their answers, over one connection that is opened when something is asked and again when it was lost; they
 * wait for one another. Every promise rejects with WsmanFailure, or with the reason of the signal.
 */
export class Conversation {
  readonly place: ProblemPlace;
  readonly limits: WsmanLimits;
  readonly #options: WsmanOptions;
  readonly #closing = new AbortController();
  #connection: WsmanConnection | null = null;
  /** The message before; the next waits for it, however it ends. */
  #last: Promise<unknown> = Promise.resolve();
  #pulse: WsmanPulse | null = null;
  #logins = 0;
  #domain: NtlmDomain = null;

  constructor(options: WsmanOptions) {
    this.#options = options;
    this.limits = options.limits ?? wsmanLimits;
    this.place = placeOf(options.server, options.login);
  }

  /** Null before the first answer. */
  get pulse(): WsmanPulse | null {
    return this.#pulse;
  }

  /** A connection is open and logged in. */
  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** The domain that the server belongs to; null before the first login, and where it does not say. */
  get domain(): NtlmDomain {
    return this.#domain;
  }

  /** Connections that were opened and logged in so far. */
  get logins(): number {
    return this.#logins;
  }

  /**
   * Waits for its turn, and asks; the answer is no fault.
   * @param waitMs how much longer than usual the server may take
   */
  ask(message: Buffer, signal: AbortSignal | undefined, waitMs = 0): Promise<Envelope> {
    const turn = this.#last.then(async () => {
      signal?.throwIfAborted();
      return this.#envelope(await this.#exchange(message, this.limits.answerMs + waitMs, signal));
    });
    this.#last = turn.catch(() => {});
    // Whoever gives up while others have their turn does not wait for them.
    return signal === undefined ? turn : untilAborted(turn, signal);
  }

  /** What an answer says. Rejects with WsmanFailure where it cannot be read. */
  read<From, Result>(read: (from: From) => Result, from: From): Result {
    try {
      return read(from);
    } catch (error) {
      if (error instanceof WsmanDecodeError) throw failureOf('nonsense', this.place, null, error.message);
      throw error;
    }
  }

  /** Ends the connection; what is under way fails, and nothing is asked any more. */
  close(): void {
    this.#closing.abort(failureOf('closed', this.place, null, 'by us'));
    this.#connection?.close();
    this.#connection = null;
  }

  #envelope({ bytes, status }: WsmanAnswer): Envelope {
    const badStatus = () => failureOf('bad-status', this.place, String(status), `status ${status}`);
    let envelope: Envelope;
    try {
      envelope = this.read(readEnvelope, bytes);
    } catch (error) {
      throw status === 200 ? error : badStatus();
    }
    if (isFault(envelope)) throw faultFailure(this.read(readFault, envelope), this.place);
    if (status !== 200) throw badStatus();
    return envelope;
  }

  async #exchange(message: Buffer, limitMs: number, signal: AbortSignal | undefined): Promise<WsmanAnswer> {
    const connection = this.#connection?.isOpen ? this.#connection : await this.#open(signal);
    const { clock } = this.#options;
    const started = clock.now();
    const answer = await connection.exchange(message, limitMs, signal);
    const ended = clock.now();
    this.#pulse = {
      roundTripMs: ended - started,
      serverTime: answer.serverTime,
      // The field is cut to seconds: on the average half of one is missing.
      clockAheadMs: answer.serverTime === null ? null : answer.serverTime + 500 - ended,
    };
    return answer;
  }

  async #open(signal: AbortSignal | undefined): Promise<WsmanConnection> {
    this.#connection?.close();
    this.#connection = null;
    const { server, login, clock } = this.#options;
    const closing = this.#closing.signal;
    closing.throwIfAborted();
    const either = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    const connection = await WsmanConnection.open({ server, login, clock, limits: this.limits }, either);
    if (closing.aborted) {
      connection.close();
      throw closing.reason;
    }
    this.#logins += 1;
    this.#domain = connection.domain;
    this.#connection = connection;
    return connection;
  }
}
