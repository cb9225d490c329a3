import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { hostField, placeOf, type WsmanAnswer, WsmanConnection } from './connection.ts';
import {
  type Batch,
  readEnumerateReply,
  readPullReply,
  writeEnumerate,
  writePull,
  writeRelease,
} from './enumeration.ts';
import {
  type Envelope,
  type Identity,
  isFault,
  readEnvelope,
  readIdentity,
  writeIdentify,
  writeRequest,
} from './envelope.ts';
import {
  readRenewReply,
  readSubscribeReply,
  type Subscription,
  unsubscribe,
  writeReference,
  writeRenew,
  writeSubscribe,
} from './eventing.ts';
import { WsmanFailure } from './failure.ts';
import { readFault } from './fault.ts';
import { faultFailure } from './fault-problems.ts';
import { loginName, type WsmanLogin } from './login.ts';
import type { WsmanServer } from './open-socket.ts';
import { failureOf, type ProblemPlace } from './problems.ts';
import { actions, allClasses, servicePath, type WsmanLimits, wsmanLimits } from './profile.ts';
import { WsmanDecodeError, type XmlElement } from './xml.ts';

export interface WsmanOptions {
  readonly server: WsmanServer;
  readonly login: WsmanLogin;
  readonly clock: Clock;
  readonly limits?: WsmanLimits;
}

/** What an enumeration gave. */
export interface Found {
  readonly items: readonly XmlElement[];
  /** There are no more; false where `mostItems` was reached. */
  readonly isComplete: boolean;
}

/** How the last exchange went. */
export interface WsmanPulse {
  /** Milliseconds from request to reply. */
  readonly roundTripMs: number;
  /** How far the server's clock is ahead of ours, to a second; null where it does not tell its time. */
  readonly clockAheadMs: number | null;
}

/**
 * A client of WS-Management for WQL (DSP0226; MS-WSMV; docs/protocol/windows.md, WS-Management). It holds one connection, opened
 * when something is asked and again when it was lost; requests wait for one another. Every promise rejects with WsmanFailure,
 * or with the reason of the signal.
 */
export class WsmanClient {
  readonly #options: WsmanOptions;
  readonly #limits: WsmanLimits;
  readonly #place: ProblemPlace;
  #connection: WsmanConnection | null = null;
  /** The request before; the next waits for it, however it ends. */
  #last: Promise<unknown> = Promise.resolve();
  #pulse: WsmanPulse | null = null;
  #isClosed = false;
  /** Logins so far. */
  #logins = 0;

  constructor(options: WsmanOptions) {
    this.#options = options;
    this.#limits = options.limits ?? wsmanLimits;
    this.#place = placeOf(options.server, options.login);
  }

  /** Null before the first answer. */
  get pulse(): WsmanPulse | null {
    return this.#pulse;
  }

  /** A connection is open and logged in. */
  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** Connections that were opened and logged in so far. */
  get logins(): number {
    return this.#logins;
  }

  /** What the server is. */
  async identify(signal?: AbortSignal): Promise<Identity> {
    return this.#read(readIdentity, await this.#send(writeIdentify(), true, signal));
  }

  /** What a query finds, at most `mostItems`; the server forgets what is left over. */
  async enumerate(query: string, mostItems: number, signal?: AbortSignal): Promise<Found> {
    const { pullItems } = this.#limits;
    const size = (had: number) => Math.max(1, Math.min(pullItems, mostItems - had));
    const first = await this.#call(
      actions.enumerate,
      writeEnumerate({ query, items: size(0) }),
      readEnumerateReply,
      { mayRepeat: true },
      signal,
    );
    const items: XmlElement[] = [...first.items];
    let batch: Batch = first;
    let empty = 0;
    while (!batch.isEnd && items.length < mostItems) {
      batch = await this.#call(
        actions.pull,
        writePull(batch.context, size(items.length)),
        readPullReply,
        {},
        signal,
      );
      for (const item of batch.items) items.push(item);
      // Parts without anything in them could go on for ever.
      empty = batch.items.length === 0 ? empty + 1 : 0;
      if (empty > mostEmpty)
        throw failureOf('nonsense', this.#place, null, 'nothing comes, and no end of it');
    }
    if (!batch.isEnd) await this.#release(batch.context, signal);
    return { items: items.slice(0, mostItems), isComplete: batch.isEnd && items.length <= mostItems };
  }

  /** Asks to be told of events that fit a query; they are fetched with `pull`. */
  subscribe(query: string, expiresMs: number, signal?: AbortSignal): Promise<Subscription> {
    return this.#call(
      actions.subscribe,
      writeSubscribe({ query, expiresMs }),
      readSubscribeReply,
      {},
      signal,
    );
  }

  /**
   * Events since the last time: waits up to `waitMs` for the first. The context for the next time comes with them. No events,
   * and the same context, where none happened.
   */
  async pull(context: string, waitMs: number, signal?: AbortSignal): Promise<Batch> {
    try {
      return await this.#call(
        actions.pull,
        writePull(context, this.#limits.pullItems, waitMs),
        readPullReply,
        { waitMs },
        signal,
      );
    } catch (error) {
      if (error instanceof WsmanFailure && error.kind === timedOut)
        return { context, items: [], isEnd: false };
      throw error;
    }
  }

  /** Keeps a subscription alive; how long it was granted, in milliseconds, or null. */
  renew(identifier: string, expiresMs: number, signal?: AbortSignal): Promise<number | null> {
    return this.#call(
      actions.renew,
      writeRenew(expiresMs),
      readRenewReply,
      { reference: writeReference(identifier) },
      signal,
    );
  }

  /** Ends a subscription. */
  async unsubscribe(identifier: string, signal?: AbortSignal): Promise<void> {
    const reference = writeReference(identifier);
    await this.#call(actions.unsubscribe, unsubscribe, () => null, { reference }, signal);
  }

  /** Ends the connection; what is under way fails, and nothing is asked any more. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = null;
  }

  toString(): string {
    return `WsmanClient(${hostField(this.#options.server)}, ${loginName(this.#options.login)})`;
  }

  toJSON(): string {
    return this.toString();
  }

  /** The server forgets it by itself after a while: whether it heard us does not matter. */
  async #release(context: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#call(actions.release, writeRelease(context), () => null, {}, signal).catch(() => {});
  }

  async #call<Result>(
    action: string,
    body: string,
    read: (envelope: Envelope) => Result,
    how: { reference?: string; mayRepeat?: boolean; waitMs?: number },
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { envelopeBytes, answerMs } = this.#limits;
    const { reference, mayRepeat = false, waitMs } = how;
    const messageId = `uuid:${randomUUID().toUpperCase()}`;
    const { server } = this.#options;
    const request = writeRequest({
      ...{ action, body, messageId, envelopeBytes, resource: allClasses },
      to: `${server.tls === null ? 'http' : 'https'}://${hostField(server)}${servicePath}`,
      timeoutMs: waitMs ?? Math.ceil((answerMs * 3) / 4),
      ...(reference === undefined ? {} : { reference }),
    });
    const envelope = await this.#send(request, mayRepeat, signal, waitMs);
    if (envelope.relatesTo !== '' && envelope.relatesTo.toUpperCase() !== messageId.toUpperCase())
      throw failureOf('nonsense', this.#place, null, 'an answer to another message');
    return this.#read(read, envelope);
  }

  /** Waits for its turn, and asks; the answer is no fault. */
  #send(message: Buffer, mayRepeat: boolean, signal: AbortSignal | undefined, waitMs = 0): Promise<Envelope> {
    const turn = this.#last.then(async () => {
      signal?.throwIfAborted();
      const limitMs = this.#limits.answerMs + waitMs;
      const answer = await this.#exchange(message, limitMs, mayRepeat, signal);
      const envelope = this.#read(() => readEnvelope(answer.bytes), null);
      if (isFault(envelope)) throw faultFailure(this.#read(readFault, envelope), this.#place);
      if (answer.status !== 200)
        throw failureOf('bad-status', this.#place, String(answer.status), `status ${answer.status}`);
      return envelope;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #exchange(
    message: Buffer,
    limitMs: number,
    mayRepeat: boolean,
    signal: AbortSignal | undefined,
  ): Promise<WsmanAnswer> {
    const kept = this.#connection?.isOpen ? this.#connection : null;
    if (kept !== null && mayRepeat) {
      try {
        return await this.#ask(kept, message, limitMs, signal);
      } catch (error) {
        // The server may end an idle connection at the very moment of our request: asking again does no harm.
        if (!(error instanceof WsmanFailure && error.isLoss)) throw error;
      }
      return this.#ask(await this.#open(signal), message, limitMs, signal);
    }
    return this.#ask(kept ?? (await this.#open(signal)), message, limitMs, signal);
  }

  async #ask(
    connection: WsmanConnection,
    message: Buffer,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<WsmanAnswer> {
    const { clock } = this.#options;
    const started = clock.now();
    const answer = await connection.exchange(message, limitMs, signal);
    const ended = clock.now();
    this.#pulse = {
      roundTripMs: ended - started,
      // The field is cut to seconds: on the average half of one is missing.
      clockAheadMs: answer.serverTime === null ? null : answer.serverTime + 500 - ended,
    };
    return answer;
  }

  async #open(signal: AbortSignal | undefined): Promise<WsmanConnection> {
    if (this.#isClosed) throw failureOf('closed', this.#place, null, 'by us');
    this.#connection?.close();
    this.#connection = null;
    const { server, login, clock } = this.#options;
    const connection = await WsmanConnection.open({ server, login, clock, limits: this.#limits }, signal);
    if (this.#isClosed) {
      connection.close();
      throw failureOf('closed', this.#place, null, 'by us');
    }
    this.#logins += 1;
    this.#connection = connection;
    return connection;
  }

  #read<From, Result>(read: (from: From) => Result, from: From): Result {
    try {
      return read(from);
    } catch (error) {
      if (error instanceof WsmanDecodeError) throw failureOf('nonsense', this.#place, null, error.message);
      throw error;
    }
  }
}

/** Parts of an enumeration without an item, in a row. */
const mostEmpty = 3;

/** The kind of fault of a Pull for which nothing happened (DSP0226, 10.2.9.5). */
const timedOut = 'TimedOut';
