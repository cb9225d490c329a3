import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../../../clock.ts';
import {
  readEnumerate,
  readPull,
  readRelease,
  writeEnumerateReply,
  writePullReply,
} from '../../../fsso/wsman/enumeration.ts';
import { type Envelope, readEnvelope, writeIdentity, writeReply } from '../../../fsso/wsman/envelope.ts';
import {
  durationMs,
  readReference,
  readRenew,
  readSubscribe,
  writeRenewReply,
  writeSubscribeReply,
} from '../../../fsso/wsman/eventing.ts';
import { actions, namespaces, pullDelivery, wqlDialect } from '../../../fsso/wsman/profile.ts';
import { readSelectors } from '../../../fsso/wsman/transfer.ts';
import { textAt, WsmanDecodeError } from '../../../fsso/wsman/xml.ts';
import type { SecurityLog } from '../security-log.ts';
import { LogEvents } from './log-events.ts';
import { getInstance, queryLogs } from './log-query.ts';
import { checkRequest, classIn } from './request-check.ts';
import { type FaultPrefix, ServiceFault, writeFaultBody } from './service-fault.ts';

export interface WsmanServiceOptions {
  readonly logs: readonly SecurityLog[];
  readonly clock: Clock;
  /** Octets of the longest answer; Windows has 500 KiB. */
  readonly envelopeBytes: number;
  /** URL, as it stands in the replies to Subscribe. */
  readonly url: () => string;
}

/** An answer, and its status in HTTP. */
export interface ServiceAnswer {
  readonly bytes: Buffer;
  readonly status: 200 | 400 | 500;
}

/** An enumeration that goes on, or a subscription. */
interface Running {
  /** Null for a subscription. */
  readonly items: Iterator<string> | null;
  /** One that did not fit into the answer before. */
  held: string | null;
  readonly events: LogEvents | null;
  readonly user: string;
  expiry: Timer;
}

/** After so long without a Pull an enumeration is forgotten, in milliseconds. */
const enumerationLife = 60_000;
const longestLife = 86_400_000;
const mostRunning = 200;
/** Windows' own number for it. */
const operationTimedOut = 0x80338029;
/** Characters of what surrounds the items of an answer, generously. */
const surroundings = 2000;

/**
 * What WS-Management does behind its transport: Identify, Enumerate, Pull, Release, Subscribe with delivery by Pull, Renew and
 * Unsubscribe over the logs of a domain controller (docs/protocol/windows.md, WS-Management).
 */
export class WsmanService {
  readonly #options: WsmanServiceOptions;
  readonly #running = new Map<string, Running>();
  readonly #subscriptions = new Map<string, string>();

  constructor(options: WsmanServiceOptions) {
    this.#options = options;
  }

  /** Enumerations and subscriptions that go on. */
  get running(): number {
    return this.#running.size;
  }

  /** Forgets all of them, as a restart does. */
  forget(): void {
    for (const context of [...this.#running.keys()]) this.#end(context);
  }

  /** Answers one message of a user who has the rights, or not. */
  async answer(bytes: Buffer, user: string, hasRights: boolean): Promise<ServiceAnswer> {
    let envelope: Envelope;
    try {
      envelope = readEnvelope(bytes);
    } catch (error) {
      if (!(error instanceof WsmanDecodeError)) throw error;
      return this.#fault(null, new ServiceFault('w', 'SchemaValidationError', error.message));
    }
    if (envelope.body?.name === 'Identify') return { bytes: identity(), status: 200 };
    try {
      if (!hasRights) throw new ServiceFault('w', 'AccessDenied', 'Access is denied.', 5);
      const body = await this.#act(envelope, user);
      const action = responses.get(envelope.action) ?? actions.fault;
      const reply = { action, body, messageId: newId(), relatesTo: envelope.messageId };
      return { bytes: writeReply(reply), status: 200 };
    } catch (error) {
      if (error instanceof ServiceFault) return this.#fault(envelope, error);
      if (error instanceof WsmanDecodeError)
        return this.#fault(envelope, new ServiceFault('w', 'SchemaValidationError', error.message));
      throw error;
    }
  }

  async #act(envelope: Envelope, user: string): Promise<string> {
    checkRequest(envelope);
    switch (envelope.action) {
      case actions.enumerate:
        return this.#enumerate(envelope, user);
      case actions.get:
        return getInstance(this.#options.logs, classIn(envelope), readSelectors(envelope));
      case actions.pull:
        return this.#pull(envelope, user);
      case actions.release:
        this.#end(this.#find(readRelease(envelope), user)[0]);
        return '';
      case actions.subscribe:
        return this.#subscribe(envelope, user);
      case actions.renew:
        return this.#renew(envelope, user);
      case actions.unsubscribe:
        this.#end(this.#subscribed(envelope, user)[0]);
        return '';
      default:
        throw new ServiceFault('a', 'ActionNotSupported', `The action ${envelope.action} is not supported.`);
    }
  }

  #enumerate(envelope: Envelope, user: string): string {
    const { query, dialect, items } = readEnumerate(envelope);
    if (dialect !== wqlDialect) throw filterFault('n', 'FilterDialectRequestedUnavailable', dialect);
    const found = queryLogs(this.#options.logs, query)[Symbol.iterator]();
    const context = this.#begin({ items: found, events: null, user }, enumerationLife);
    if (items === 0) return writeEnumerateReply(context, null, false);
    const batch = this.#batch(context, items, envelope);
    return writeEnumerateReply(batch.isEnd ? '' : context, batch.items, batch.isEnd);
  }

  async #pull(envelope: Envelope, user: string): Promise<string> {
    const { context, items } = readPull(envelope);
    const [, { events }] = this.#find(context, user);
    if (events === null) {
      const batch = this.#batch(context, items, envelope);
      return writePullReply(context, batch.items, batch.isEnd);
    }
    const longest = durationMs(textAt(envelope.header, 'OperationTimeout')) ?? enumerationLife;
    const wait = durationMs(textAt(envelope.body, 'MaxTime')) ?? longest;
    const found = await events.take(items, this.#room(envelope), Math.min(wait, longest));
    if (found.length === 0)
      throw new ServiceFault('w', 'TimedOut', 'The operation has timed out.', operationTimedOut, 'Receiver');
    return writePullReply(context, found, false);
  }

  /** As many items as fit; one that does not comes with the next Pull. */
  #batch(context: string, most: number, envelope: Envelope): { items: string[]; isEnd: boolean } {
    const running = this.#running.get(context) as Running;
    const room = this.#room(envelope);
    const items: string[] = [];
    let size = 0;
    while (items.length < most) {
      const next = running.held ?? running.items?.next().value ?? null;
      running.held = null;
      if (next === null) {
        this.#end(context);
        return { items, isEnd: true };
      }
      size += next.length;
      if (size > room) {
        if (items.length === 0) throw new ServiceFault('w', 'EncodingLimit', 'The response is too large.');
        running.held = next;
        break;
      }
      items.push(next);
    }
    this.#prolong(context, running, enumerationLife);
    return { items, isEnd: false };
  }

  #room({ header }: Envelope): number {
    const wanted = Number(textAt(header, 'MaxEnvelopeSize') || this.#options.envelopeBytes);
    return Math.max(0, Math.min(wanted, this.#options.envelopeBytes) - surroundings);
  }

  #subscribe(envelope: Envelope, user: string): string {
    const { query, dialect, mode, expiresMs } = readSubscribe(envelope);
    if (mode !== pullDelivery)
      throw new ServiceFault('e', 'DeliveryModeRequestedUnavailable', `No delivery by ${mode}.`);
    if (dialect !== wqlDialect) throw filterFault('e', 'FilteringRequestedUnavailable', dialect);
    const events = new LogEvents(this.#options.logs, query, this.#options.clock);
    const life = Math.min(expiresMs || longestLife, longestLife);
    const context = this.#begin({ items: null, events, user }, life);
    const identifier = newId();
    this.#subscriptions.set(identifier, context);
    return writeSubscribeReply(this.#options.url(), { identifier, context, expiresMs: life });
  }

  #renew(envelope: Envelope, user: string): string {
    const life = Math.min(readRenew(envelope) || longestLife, longestLife);
    this.#prolong(...this.#subscribed(envelope, user), life);
    return writeRenewReply(life);
  }

  #begin(running: Pick<Running, 'items' | 'events' | 'user'>, life: number): string {
    if (this.#running.size >= mostRunning)
      throw new ServiceFault('w', 'QuotaLimit', 'Too many operations at a time.', null, 'Receiver');
    const context = newId();
    const expiry = this.#options.clock.after(life, () => this.#end(context));
    this.#running.set(context, { ...running, held: null, expiry });
    return context;
  }

  #prolong(context: string, running: Running, life: number): void {
    running.expiry.cancel();
    running.expiry = this.#options.clock.after(life, () => this.#end(context));
  }

  #find(context: string, user: string): [string, Running] {
    const running = this.#running.get(context);
    if (running === undefined || running.user !== user)
      throw new ServiceFault('n', 'InvalidEnumerationContext', 'The context is not valid.');
    return [context, running];
  }

  #subscribed(envelope: Envelope, user: string): [string, Running] {
    const context = this.#subscriptions.get(readReference(envelope)) ?? '';
    const running = this.#running.get(context);
    if (running === undefined || running.user !== user)
      throw new ServiceFault('e', 'UnableToRenew', 'There is no such subscription.');
    return [context, running];
  }

  #end(context: string): void {
    const running = this.#running.get(context);
    running?.expiry.cancel();
    running?.events?.stop();
    this.#running.delete(context);
    for (const [identifier, of] of this.#subscriptions)
      if (of === context) this.#subscriptions.delete(identifier);
  }

  #fault(envelope: Envelope | null, fault: ServiceFault): ServiceAnswer {
    const bytes = writeReply({
      action: actions.fault,
      messageId: newId(),
      relatesTo: envelope?.messageId ?? '',
      body: writeFaultBody(fault),
    });
    return { bytes, status: fault.from === 'Sender' ? 400 : 500 };
  }
}

const responses = new Map<string, string>([
  [actions.enumerate, actions.enumerateResponse],
  [actions.get, actions.getResponse],
  [actions.pull, actions.pullResponse],
  [actions.release, actions.releaseResponse],
  [actions.subscribe, actions.subscribeResponse],
  [actions.renew, actions.renewResponse],
  [actions.unsubscribe, actions.unsubscribeResponse],
]);

const newId = () => `uuid:${randomUUID().toUpperCase()}`;

const filterFault = (prefix: FaultPrefix, kind: string, dialect: string) =>
  new ServiceFault(prefix, kind, `The filter dialect ${dialect} is not supported.`);

function identity(): Buffer {
  return writeIdentity({
    protocol: namespaces.wsman,
    vendor: 'Microsoft Corporation',
    product: 'OS: 10.0.20348 SP: 0.0 Stack: 3.0',
  });
}
