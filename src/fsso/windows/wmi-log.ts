import type { WsmanClient } from '../wsman/client.ts';
import { moment, property, values, whole } from '../wsman/instance.ts';
import { countQuery, logQuery, newestQuery, numberQuery } from '../wsman/wql.ts';
import type { XmlElement } from '../wsman/xml.ts';
import { namedStrings } from './event-strings.ts';
import type { LogEvent, LogExtent, LogQuestion, LogReader, LogReading } from './reading.ts';

/** Records that one query spans: at most as many events are held at a time. */
const recordsOfQuery = 5000;

/**
 * An event log that is read by WMI's queries over WS-Management (docs/protocol/windows.md, WS-Management). Everything rejects with
 * WsmanFailure.
 */
export class WmiLogReader implements LogReader {
  readonly #client: WsmanClient;
  readonly #log: string;
  readonly #span: number;

  /** @param span records of one query; tests lower it */
  constructor(client: WsmanClient, log: string, span = recordsOfQuery) {
    this.#client = client;
    this.#log = log;
    this.#span = span;
  }

  async extent(signal: AbortSignal): Promise<LogExtent> {
    const { items } = await this.#client.enumerate(newestQuery(this.#log), 1, signal);
    const newest = recordOf(items[0]);
    if (newest === null) return { oldest: 1, newest: 0 };
    const files = await this.#client.enumerate(countQuery(this.#log), 10, signal);
    const count = Math.max(0, ...files.items.map((file) => whole(file, 'NumberOfRecords') ?? 0));
    // A server that does not tell how many there are may still have all of them.
    return { oldest: count === 0 ? 1 : Math.max(1, newest - count + 1), newest };
  }

  async read({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<LogReading> {
    const upTo = Math.min(to, from + this.#span - 1);
    const query = logQuery({ log: this.#log, ids: [...ids], after: from - 1, upTo });
    const { items } = await this.#client.enumerate(query, this.#span, signal);
    const events = items.flatMap((item) => eventOf(item) ?? []);
    return { events: events.sort((left, right) => left.record - right.record), readTo: upTo };
  }

  /** The numbers of the events that `read` would bring, which costs a tenth of it. */
  async numbers({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<number[]> {
    const numbers: number[] = [];
    for (let first = from; first <= to; first += this.#span) {
      const upTo = Math.min(to, first + this.#span - 1);
      const query = numberQuery({ log: this.#log, ids: [...ids], after: first - 1, upTo });
      const { items } = await this.#client.enumerate(query, this.#span, signal);
      for (const item of items) numbers.push(recordOf(item) ?? 0);
    }
    return numbers.sort((left, right) => left - right);
  }

  async at(record: number, signal: AbortSignal): Promise<LogEvent | null> {
    const query = logQuery({ log: this.#log, ids: [], after: record - 1, upTo: record });
    const { items } = await this.#client.enumerate(query, 1, signal);
    const event = items[0] && eventOf(items[0]);
    return event?.record === record ? event : null;
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
