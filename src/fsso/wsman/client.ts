import { randomUUID } from 'node:crypto';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { hostField } from './connection.ts';
import { Conversation, type WsmanOptions, type WsmanPulse } from './conversation.ts';
import {
  type Batch,
  readEnumerateReply,
  readPullReply,
  writeEnumerate,
  writePull,
  writeRelease,
} from './enumeration.ts';
import { type Envelope, type Identity, readIdentity, writeIdentify, writeRequest } from './envelope.ts';
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
import { notFound } from './fault-problems.ts';
import { loginName } from './login.ts';
import { failureOf, type ProblemPlace } from './problems.ts';
import { actions, allClasses, servicePath, wmiResource } from './profile.ts';
import { readInstance, type Selectors, writeSelectors } from './transfer.ts';
import type { XmlElement } from './xml.ts';

export type { WsmanOptions } from './conversation.ts';

/** What an enumeration gave. */
export interface Found {
  readonly items: readonly XmlElement[];
  /** There are no more; false where `mostItems` was reached. */
  readonly isComplete: boolean;
}

/** What goes with a request but its body. */
interface Details {
  /** Absent: any class. */
  readonly resource?: string;
  /** Element of the header that names a subscription or an instance. */
  readonly reference?: string;
  /** So long the server may keep it beyond the usual. */
  readonly waitMs?: number;
}

/** Parts of an enumeration without an item, in a row. */
const mostEmpty = 3;

/** The kind of fault of a Pull for which nothing was there in time; the context is as good as before (DSP0226, 8.4 and 10.2.9.5). */
const timedOut = 'TimedOut';

/**
 * A client of WS-Management for WQL (DSP0226; MS-WSMV; docs/protocol/windows.md, WS-Management). Requests wait for one another. Every
 * promise rejects with WsmanFailure, or with the reason of the signal.
 */
export class WsmanClient {
  readonly #options: WsmanOptions;
  readonly #conversation: Conversation;

  constructor(options: WsmanOptions) {
    this.#options = options;
    this.#conversation = new Conversation(options);
  }

  /** What problems with the server are told with. */
  get place(): ProblemPlace {
    return this.#conversation.place;
  }

  /** Null before the first answer. */
  get pulse(): WsmanPulse | null {
    return this.#conversation.pulse;
  }

  /** A connection is open and logged in. */
  get isConnected(): boolean {
    return this.#conversation.isConnected;
  }

  /** The domain that the server belongs to; null before the first login, and where it does not say. */
  get domain(): NtlmDomain {
    return this.#conversation.domain;
  }

  /** Connections that were opened and logged in so far. */
  get logins(): number {
    return this.#conversation.logins;
  }

  /** What the server is. */
  identify(signal?: AbortSignal): Promise<Identity> {
    const conversation = this.#conversation;
    return again(async () =>
      conversation.read(readIdentity, await conversation.ask(writeIdentify(), signal)),
    );
  }

  /** What a query finds, at most `mostItems`; the server forgets what is left over. */
  enumerate(query: string, mostItems: number, signal?: AbortSignal): Promise<Found> {
    return again(() => this.#enumerate(query, mostItems, signal));
  }

  /** One instance of a class by its keys, without a walk through the others; null where there is none. */
  get(className: string, keys: Selectors, signal?: AbortSignal): Promise<XmlElement | null> {
    const details = { reference: writeSelectors(keys), resource: `${wmiResource}${className}` };
    return again(async () => {
      try {
        return await this.#call(actions.get, '', readInstance, details, signal);
      } catch (error) {
        if (error instanceof WsmanFailure && error.windows === notFound) return null;
        throw error;
      }
    });
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
  pull(context: string, waitMs: number, signal?: AbortSignal): Promise<Batch> {
    return this.#pull(context, this.#conversation.limits.pullItems, waitMs, signal);
  }

  /** Keeps a subscription alive; how long it was granted, in milliseconds, or null. */
  renew(identifier: string, expiresMs: number, signal?: AbortSignal): Promise<number | null> {
    const reference = writeReference(identifier);
    return this.#call(actions.renew, writeRenew(expiresMs), readRenewReply, { reference }, signal);
  }

  /** Ends a subscription. */
  async unsubscribe(identifier: string, signal?: AbortSignal): Promise<void> {
    const reference = writeReference(identifier);
    await this.#call(actions.unsubscribe, unsubscribe, () => null, { reference }, signal);
  }

  /** Ends the connection; what is under way fails, and nothing is asked any more. */
  close(): void {
    this.#conversation.close();
  }

  toString(): string {
    return `WsmanClient(${hostField(this.#options.server)}, ${loginName(this.#options.login)})`;
  }

  toJSON(): string {
    return this.toString();
  }

  async #enumerate(query: string, mostItems: number, signal: AbortSignal | undefined): Promise<Found> {
    const { limits, place } = this.#conversation;
    const size = (had: number) => Math.max(1, Math.min(limits.pullItems, mostItems - had));
    let batch: Batch = await this.#call(
      actions.enumerate,
      writeEnumerate({ query, items: size(0) }),
      readEnumerateReply,
      {},
      signal,
    );
    const items: XmlElement[] = [...batch.items];
    let empty = 0;
    while (!batch.isEnd && items.length < mostItems) {
      batch = await this.#pull(batch.context, size(items.length), null, signal);
      for (const item of batch.items) items.push(item);
      // Parts without anything in them could go on for ever.
      empty = batch.items.length === 0 ? empty + 1 : 0;
      if (empty > mostEmpty) throw failureOf('nonsense', place, null, 'nothing comes, and no end of it');
    }
    if (!batch.isEnd) await this.#release(batch.context, signal);
    return { items: items.slice(0, mostItems), isComplete: batch.isEnd && items.length <= mostItems };
  }

  /** @param waitMs null: as long as any request */
  async #pull(
    context: string,
    items: number,
    waitMs: number | null,
    signal: AbortSignal | undefined,
  ): Promise<Batch> {
    const how = waitMs === null ? {} : { waitMs };
    try {
      return await this.#call(actions.pull, writePull(context, items, waitMs), readPullReply, how, signal);
    } catch (error) {
      if (error instanceof WsmanFailure && error.kind === timedOut)
        return { context, items: [], isEnd: false };
      throw error;
    }
  }

  /** The server forgets it by itself after a while: whether it heard us does not matter. */
  async #release(context: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#call(actions.release, writeRelease(context), () => null, {}, signal).catch(() => {});
  }

  async #call<Result>(
    action: string,
    body: string,
    read: (envelope: Envelope) => Result,
    { resource = allClasses, reference, waitMs }: Details,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { limits, place } = this.#conversation;
    const messageId = `uuid:${randomUUID().toUpperCase()}`;
    const { server } = this.#options;
    const request = writeRequest({
      ...{ action, body, messageId, envelopeBytes: limits.envelopeBytes, resource },
      to: `${server.tls === null ? 'http' : 'https'}://${hostField(server)}${servicePath}`,
      timeoutMs: waitMs ?? Math.ceil((limits.answerMs * 3) / 4),
      ...(reference === undefined ? {} : { reference }),
    });
    const envelope = await this.#conversation.ask(request, signal, waitMs);
    if (envelope.relatesTo !== '' && envelope.relatesTo.toUpperCase() !== messageId.toUpperCase())
      throw failureOf('nonsense', place, null, 'an answer to another message');
    return this.#conversation.read(read, envelope);
  }
}

/**
 * Reading does no harm twice: it is begun anew, once, where the connection or its login was lost on the way, or the server forgot where
 * it stood.
 */
async function again<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof WsmanFailure) || !(error.isLoss || error.scope === 'context')) throw error;
    return run();
  }
}
