import type { Clock } from '../../clock.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { WsmanFailure } from '../wsman/failure.ts';
import { embedded } from '../wsman/instance.ts';
import { subscriptionQuery } from '../wsman/wql.ts';
import type { LogEvent, LogExtent, LogQuestion, LogReader, LogReading } from './reading.ts';
import { eventOf, type WmiLogReader } from './wmi-log.ts';

/** The server forgets a subscription that is not renewed for so long; it is renewed when half of that is over. Milliseconds. */
const lifeMs = 600_000;
/** How long the server keeps a Pull with nothing to give. */
const waitMs = 100;
/** So often, and after so many events, the log itself is asked whether everything was delivered. */
const auditMs = 60_000;
const auditEvents = 20_000;

/** A subscription that is delivered to. */
interface Running {
  readonly identifier: string;
  readonly ids: ReadonlySet<number>;
  context: string;
  renewAt: number;
  auditAt: number;
  /** Newest record when it began: those behind it are delivered. */
  readonly since: number;
  oldest: number;
  newest: number;
  /** Up to this record the log itself was asked. */
  audited: number;
  /** Delivered since the last audit. */
  readonly delivered: Map<number, LogEvent>;
}

/**
 * An event log whose new events are delivered to a subscription, so that not every poll has the server walk through its log
 * (docs/protocol/windows.md, WS-Management). What was written before it is read by queries, and so is, once a minute, what a full
 * queue of the server kept from it. A server without subscriptions is asked by queries. Everything rejects with WsmanFailure.
 */
export class SubscribedLogReader implements LogReader {
  readonly #client: WsmanClient;
  readonly #log: string;
  readonly #queries: WmiLogReader;
  readonly #clock: Clock;
  #running: Running | null = null;
  /** One that the server may still have, and that nobody follows any more: its quota is not to fill up with them. */
  #left: string | null = null;
  /** The ids that are read; null before the first reading. */
  #wanted: ReadonlySet<number> | null = null;
  #isRefused = false;
  #lastNewest = 0;
  /** The last event that was read: it is what a poll begins with. */
  #anchor: LogEvent | null = null;
  /** Found by an audit; they come with the next reading. */
  #missed: LogEvent[] = [];

  constructor(client: WsmanClient, log: string, queries: WmiLogReader, clock: Clock) {
    this.#client = client;
    this.#log = log;
    this.#queries = queries;
    this.#clock = clock;
  }

  /** Events are delivered, not asked for. */
  get isSubscribed(): boolean {
    return this.#running !== null;
  }

  async extent(signal: AbortSignal): Promise<LogExtent> {
    const extent = await this.#extent(signal);
    this.#lastNewest = extent.newest;
    return extent;
  }

  async read(question: LogQuestion, signal: AbortSignal): Promise<LogReading> {
    const { from, to, ids } = question;
    this.#wanted = ids;
    const running = this.#running;
    const reading =
      running === null
        ? await this.#queries.read(question, signal)
        : from <= running.since || !includes(running.ids, ids)
          ? await this.#queries.read({ ...question, to: Math.min(to, Math.max(from, running.since)) }, signal)
          : this.#delivered(running, question);
    this.#anchor = reading.events.at(-1) ?? this.#anchor;
    return reading;
  }

  async at(record: number, signal: AbortSignal): Promise<LogEvent | null> {
    if (this.#running !== null && this.#anchor?.record === record) return this.#anchor;
    const found = await this.#queries.at(record, signal);
    if (found !== null) this.#anchor = found;
    return found;
  }

  /** Ends the subscription at the server, which would forget it by itself. Never rejects. */
  async stop(signal: AbortSignal): Promise<void> {
    const identifier = this.#running?.identifier ?? this.#left;
    this.#running = null;
    this.#left = null;
    if (identifier !== null) await this.#client.unsubscribe(identifier, signal).catch(() => {});
  }

  async #extent(signal: AbortSignal): Promise<LogExtent> {
    const wanted = this.#wanted;
    if (wanted === null || this.#isRefused) return this.#queries.extent(signal);
    const running = this.#running;
    if (running === null || !includes(running.ids, wanted)) return this.#begin(wanted, signal);
    try {
      return (await this.#follow(running, signal)) ?? (await this.#begin(wanted, signal));
    } catch (error) {
      // An answer that was lost on its way may have held events: a query finds them behind the next beginning.
      this.#running = null;
      if (error instanceof WsmanFailure && error.scope === 'context') return this.#begin(wanted, signal);
      this.#left = running.identifier;
      throw error;
    }
  }

  async #begin(wanted: ReadonlySet<number>, signal: AbortSignal): Promise<LogExtent> {
    const before = this.#running?.identifier ?? this.#left;
    this.#running = null;
    this.#left = null;
    this.#missed = [];
    this.#anchor = null;
    if (before !== null) await this.#client.unsubscribe(before, signal).catch(() => {});
    const query = subscriptionQuery(this.#log, [...wanted]);
    const subscription = await this.#client.subscribe(query, lifeMs, signal).catch((error: unknown) => {
      if (!(error instanceof WsmanFailure) || error.scope !== 'question') throw error;
      this.#isRefused = true;
      return null;
    });
    // Looked at behind the subscription, so that nothing falls between.
    const extent = await this.#queries.extent(signal);
    if (subscription === null) return extent;
    const { identifier, context, expiresMs } = subscription;
    const { oldest, newest } = extent;
    const now = this.#clock.now();
    this.#running = {
      ...{ identifier, context, ids: wanted, oldest, newest, since: newest, audited: newest },
      delivered: new Map(),
      renewAt: now + (expiresMs ?? lifeMs) / 2,
      auditAt: now + auditMs,
    };
    return extent;
  }

  /** Null where it is another log than before: somebody cleared it. */
  async #follow(running: Running, signal: AbortSignal): Promise<LogExtent | null> {
    if (this.#clock.now() >= running.renewAt) {
      const granted = await this.#client.renew(running.identifier, lifeMs, signal);
      running.renewAt = this.#clock.now() + (granted ?? lifeMs) / 2;
    }
    for (let isMore = true; isMore; ) {
      const { context, items } = await this.#client.pull(running.context, waitMs, signal);
      running.context = context || running.context;
      for (const item of items) {
        const event = eventOf(embedded(item, 'TargetInstance') ?? item);
        if (event !== null && !this.#take(running, event)) return null;
      }
      isMore = items.length > 0 && running.delivered.size < auditEvents;
    }
    const isDue = this.#clock.now() >= running.auditAt || running.delivered.size >= auditEvents;
    if (isDue && !(await this.#audit(running, signal))) return null;
    return { oldest: running.oldest, newest: running.newest };
  }

  /** False where the numbers fell. */
  #take(running: Running, event: LogEvent): boolean {
    const { record } = event;
    // Written between the subscription and the look behind it: queries read it.
    if (record > this.#lastNewest && record <= running.since) return true;
    if (record <= running.newest) return false;
    running.newest = record;
    running.delivered.set(record, event);
    return true;
  }

  #delivered(running: Running, { from, to, ids }: LogQuestion): LogReading {
    const events = this.#missed;
    this.#missed = [];
    for (const event of running.delivered.values())
      if (event.record >= from && event.record <= to) events.push(event);
    const asked = events.filter(({ id }) => ids.has(id));
    return { events: asked.sort((left, right) => left.record - right.record), readTo: to };
  }

  /** Asks the log itself for what should have been delivered. False where it is another log. */
  async #audit(running: Running, signal: AbortSignal): Promise<boolean> {
    const anchor = this.#anchor;
    const found = anchor && (await this.#queries.at(anchor.record, signal));
    const extent = await this.#queries.extent(signal);
    if (extent.newest < running.newest) return false;
    // One that is gone may have been overwritten.
    if (anchor && anchor.record >= extent.oldest && (found === null || found.time !== anchor.time))
      return false;
    const { ids, delivered, audited, newest } = running;
    const there = await this.#queries.numbers({ from: audited + 1, to: newest, ids }, signal);
    await this.#fetch(
      there.filter((record) => !delivered.has(record)),
      ids,
      signal,
    );
    running.oldest = extent.oldest;
    running.audited = running.newest;
    running.auditAt = this.#clock.now() + auditMs;
    this.#forgetRead(running);
    return true;
  }

  /** What a full queue leaves out stands together, nearly. */
  async #fetch(records: readonly number[], ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const wanted = new Set(records);
    const to = records.at(-1) ?? -1;
    for (let from = records[0] ?? 0; from <= to; ) {
      const { events, readTo } = await this.#queries.read({ from, to, ids }, signal);
      for (const event of events) if (wanted.has(event.record)) this.#missed.push(event);
      from = readTo + 1;
    }
  }

  /** What was read already need not be kept; the anchor is the last of it. */
  #forgetRead({ delivered }: Running): void {
    const read = this.#anchor?.record ?? 0;
    for (const record of delivered.keys()) if (record <= read) delivered.delete(record);
  }
}

function includes(all: ReadonlySet<number>, some: ReadonlySet<number>): boolean {
  return some.isSubsetOf(all);
}
