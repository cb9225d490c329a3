import type { WsmanClient } from '../wsman/client.ts';
import { WsmanFailure } from '../wsman/failure.ts';
import { moment, property, values, whole } from '../wsman/instance.ts';
import { failureOf } from '../wsman/problems.ts';
import { countQuery, logQuery, newestQuery, numberQuery, recordClass, recordKeys } from '../wsman/wql.ts';
import type { XmlElement } from '../wsman/xml.ts';
import { namedStrings } from './event-strings.ts';
import type { LogEvent, LogExtent, LogQuestion, LogReader, LogReading } from './reading.ts';

/** Records that one query spans: at most as many events are held at a time. */
const recordsOfQuery = 5000;
/** A machine's clock may have been set back by so much since an event, milliseconds [assumed]. */
const mostSetBack = 3_600_000;

/** What is known of a record. */
interface Known {
  readonly record: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * An event log that is read by WMI's queries over WS-Management (docs/protocol/windows.md, WS-Management). WMI walks back from the newest
 * record through as much of the log as a query leaves open, so queries name a time as well, and one record is asked for by its key.
 * Everything rejects with WsmanFailure.
 */
export class WmiLogReader implements LogReader {
  readonly #client: WsmanClient;
  readonly #log: string;
  readonly #span: number;
  /** Of the newest record, when the log was last looked at. */
  #newestTime: number | null = null;
  /** The last that was read or asked for: what is new is behind it. */
  #read: Known | null = null;
  /** How many records there were, and the newest, when that was last asked. */
  #counted: { readonly count: number; readonly newest: number } | null = null;
  /** The last record that was looked at. */
  #readTo = 0;

  /** @param span records of one query; tests lower it */
  constructor(client: WsmanClient, log: string, span = recordsOfQuery) {
    this.#client = client;
    this.#log = log;
    this.#span = span;
  }

  async extent(signal: AbortSignal): Promise<LogExtent> {
    const item = await this.#newest(signal);
    const record = recordOf(item);
    const newest = record ?? 0;
    if (record === null || this.#mustCount(record)) {
      const count = await this.#count(signal);
      if (record === null && count === null) throw failureOf('no-log', this.#client.place, null, this.#log);
      this.#counted = { count: count ?? 0, newest };
    }
    this.#newestTime = item === undefined ? null : moment(item, 'TimeGenerated');
    if (record === null) return { oldest: 1, newest: 0 };
    const { count = 0, newest: then = newest } = this.#counted ?? {};
    // A server that does not tell how many there are may still have all of them.
    return { oldest: count === 0 ? 1 : Math.max(1, then - count + 1), newest };
  }

  /** The newest record is no older than the newest before, unless the log was cleared or the machine's clock set back. */
  async #newest(signal: AbortSignal): Promise<XmlElement | undefined> {
    const since = this.#newestTime === null ? null : this.#newestTime - mostSetBack;
    if (since !== null) {
      const { items } = await this.#client.enumerate(newestQuery(this.#log, since), 1, signal);
      const isSetBack = (this.#client.pulse?.serverTime ?? 0) < since;
      if (items[0] !== undefined && !isSetBack) return items[0];
    }
    const { items } = await this.#client.enumerate(newestQuery(this.#log), 1, signal);
    return items[0];
  }

  async read({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<LogReading> {
    const upTo = Math.min(to, from + this.#span - 1);
    // The time of the record before it bounds the walk; without one, whoever reads first would walk through all.
    if (from > 1 && (this.#read === null || this.#read.record >= from)) await this.at(from - 1, signal);
    const query = logQuery({ ...this.#records(from, upTo), ids: [...ids] });
    const { items } = await this.#client.enumerate(query, this.#span, signal);
    const events = items.flatMap((item) => eventOf(item) ?? []);
    events.sort((left, right) => left.record - right.record);
    this.#readTo = upTo;
    this.#read = events.at(-1) ?? this.#read;
    return { events, readTo: upTo, unreadable: items.length - events.length };
  }

  /** The numbers of the events that `read` would bring, which costs a tenth of it. */
  async numbers({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<number[]> {
    const numbers: number[] = [];
    for (let first = from; first <= to; first += this.#span) {
      const upTo = Math.min(to, first + this.#span - 1);
      const query = numberQuery({ ...this.#records(first, upTo), ids: [...ids] });
      const { items } = await this.#client.enumerate(query, this.#span, signal);
      for (const item of items) numbers.push(recordOf(item) ?? 0);
    }
    return numbers.sort((left, right) => left - right);
  }

  async at(record: number, signal: AbortSignal): Promise<LogEvent | null> {
    const found = await this.#client
      .get(recordClass, recordKeys(this.#log, record), signal)
      .catch((error) => {
        // A server that gives no single instances still answers queries.
        if (!(error instanceof WsmanFailure) || error.scope !== 'question') throw error;
        return this.#find(record, signal);
      });
    const event = found && eventOf(found);
    if (event?.record !== record) return null;
    this.#read = event;
    return event;
  }

  async #find(record: number, signal: AbortSignal): Promise<XmlElement | null> {
    const query = logQuery({ log: this.#log, ids: [], after: record - 1, upTo: record });
    const { items } = await this.#client.enumerate(query, 1, signal);
    return items[0] ?? null;
  }

  /** Records from one to another, and the time that none of them is older than. */
  #records(from: number, upTo: number): Omit<Parameters<typeof logQuery>[0], 'ids'> {
    const read = this.#read;
    // Times say nothing where they do not rise with the numbers: another log, or a clock that was set back.
    const rises = read !== null && read.record < from && (this.#newestTime ?? 0) >= read.time;
    const since = rises ? read.time - mostSetBack : null;
    return { log: this.#log, after: from - 1, upTo, since };
  }

  /** The count is a query of its own, over files: it is asked again only when records may be overwritten that were not read. */
  #mustCount(newest: number): boolean {
    const last = this.#counted;
    if (last === null || last.count === 0 || newest < last.newest) return true;
    return this.#readTo < last.newest || newest - Math.max(this.#readTo, last.newest) >= last.count / 2;
  }

  /** Null where there is no such log. */
  async #count(signal: AbortSignal): Promise<number | null> {
    const { items } = await this.#client.enumerate(countQuery(this.#log), 10, signal);
    if (items.length === 0) return null;
    return Math.max(0, ...items.map((file) => whole(file, 'NumberOfRecords') ?? 0));
  }
}

const recordOf = (item: XmlElement | undefined) => (item === undefined ? null : whole(item, 'RecordNumber'));

/** Null for an instance without number, id or time. */
export function eventOf(item: XmlElement): LogEvent | null {
  const record = recordOf(item);
  const id = whole(item, 'EventCode');
  const time = moment(item, 'TimeGenerated');
  if (record === null || id === null || time === null) return null;
  return {
    ...{ record, id, time },
    computer: property(item, 'ComputerName') ?? '',
    data: namedStrings(id, values(item, 'InsertionStrings')) ?? {},
  };
}
