import type { RpcClient } from '../rpc/client.ts';
import { RpcDecodeError } from '../rpc/errors.ts';
import { decodeHandleAnswer, encodeHandle } from '../rpc/interfaces/context-handle.ts';
import {
  binaryXmlOf,
  decodeChannelAnswer,
  decodeLogInfoAnswer,
  decodeNextAnswer,
  decodeQueryAnswer,
  encodeLogInfo,
  encodeOpenChannel,
  encodeQueryNext,
  encodeRegisterQuery,
  even6Calls,
  even6Statuses,
  logProperties,
} from '../rpc/interfaces/even6.ts';
import { readBinaryXml } from './binary-xml/reader.ts';
import { eventOfElement } from './event-element.ts';
import type { LogEvent, LogExtent, LogQuestion, LogReader, LogReading } from './reading.ts';
import type { StatusPlace } from './statuses.ts';
import { refusedWith, rpcFailure } from './windows-failure.ts';

/** Events of one answer: about 1 MiB of them. */
const eventsAtOnce = 500;
const waitMs = 1000;
/** Answers in a row that say that nothing was found in time: a machine that looks through millions of events may need as many seconds. */
const mostWaits = 30;
/** Comparisons in one query: Windows takes 32 (docs/protocol/windows.md, Event log), two of them are for the records. */
const mostIds = 30;

interface Found {
  readonly found: readonly LogEvent[];
  readonly unreadable: number;
  /** There are no others. */
  readonly isAll: boolean;
}

/** An event log as Windows 2008 and later serve it: the server picks out the events, and sends no others (MS-EVEN6 3.1.4). */
export class Even6Log implements LogReader {
  readonly #client: RpcClient;
  readonly #log: string;
  readonly #place: StatusPlace;

  /** @param client bound to even6 */
  constructor(client: RpcClient, log: string, place: Omit<StatusPlace, 'task'>) {
    this.#client = client;
    this.#log = log;
    this.#place = { ...place, task: 'event-log' };
  }

  async extent(signal: AbortSignal): Promise<LogExtent> {
    const { handle, status } = await this.#call(
      even6Calls.openLog,
      encodeOpenChannel(this.#log),
      decodeChannelAnswer,
      signal,
    );
    this.#check(status);
    const number = async (property: number) => {
      const answer = await this.#call(
        even6Calls.logInfo,
        encodeLogInfo(handle, property),
        decodeLogInfoAnswer,
        signal,
      );
      this.#check(answer.status);
      return answer.value;
    };
    try {
      const count = await number(logProperties.count);
      const oldest = await number(logProperties.oldest);
      return count === 0 ? { oldest: 1, newest: 0 } : { oldest, newest: oldest + count - 1 };
    } finally {
      await this.#close(handle, signal);
    }
  }

  async read({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<LogReading> {
    const wanted = ids.size <= mostIds ? [...ids] : [];
    const { found, unreadable, isAll } = await this.#query(from, to, wanted, eventsAtOnce, signal);
    const events = found.filter(({ id, record }) => ids.has(id) && record >= from && record <= to);
    return { events, readTo: isAll ? to : (found.at(-1)?.record ?? from - 1), unreadable };
  }

  async at(record: number, signal: AbortSignal): Promise<LogEvent | null> {
    const { found } = await this.#query(record, record, [], 1, signal);
    return found[0]?.record === record ? found[0] : null;
  }

  async #query(
    from: number,
    to: number,
    ids: readonly number[],
    most: number,
    signal: AbortSignal,
  ): Promise<Found> {
    const query = encodeRegisterQuery(this.#log, recordQuery(from, to, ids));
    const { handle, control, status } = await this.#call(
      even6Calls.registerQuery,
      query,
      decodeQueryAnswer,
      signal,
    );
    this.#check(status);
    try {
      return await this.#results(handle, most, signal);
    } finally {
      await this.#close(handle, signal);
      await this.#close(control, signal);
    }
  }

  /** Up to `most` events; fewer where there are no more, or where the machine is slow to find them. */
  async #results(handle: Buffer, most: number, signal: AbortSignal): Promise<Found> {
    const found: LogEvent[] = [];
    let unreadable = 0;
    let waits = 0;
    while (found.length < most) {
      const next = await this.#call(
        even6Calls.queryNext,
        encodeQueryNext(handle, most - found.length, waitMs),
        (stub) => {
          const answer = decodeNextAnswer(stub);
          return { ...answer, events: answer.results.map((each) => eventOf(each)) };
        },
        signal,
      );
      if (next.status === even6Statuses.noMoreItems) return { found, unreadable, isAll: true };
      if (next.status !== even6Statuses.timeout) this.#check(next.status);
      for (const event of next.events)
        if (event === null) unreadable += 1;
        else found.push(event);
      if (next.events.length > 0) continue;
      // The time was over before there was anything (MS-EVEN6 3.1.4.13): that is not the end of the log.
      if (found.length > 0) break;
      waits += 1;
      if (waits === mostWaits) this.#check(even6Statuses.timeout);
    }
    return { found, unreadable, isAll: false };
  }

  #check(status: number): void {
    if (status !== even6Statuses.done) throw refusedWith('win32', status, this.#place);
  }

  /** Never rejects: what was read is good all the same, and a connection that is over has nothing open. */
  async #close(handle: Buffer, signal: AbortSignal): Promise<void> {
    await this.#call(even6Calls.close, encodeHandle(handle), decodeHandleAnswer, signal).catch(() => {});
  }

  async #call<Answer>(
    opnum: number,
    stub: Buffer,
    decode: (stub: Buffer) => Answer,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      return decode(await this.#client.call(opnum, stub, signal));
    } catch (error) {
      throw rpcFailure(error, this.#place);
    }
  }
}

/** Null for an event that cannot be read: it must not keep those behind it from being read, now and at each try. */
function eventOf(result: Buffer): LogEvent | null {
  try {
    return eventOfElement(readBinaryXml(binaryXmlOf(result)));
  } catch (error) {
    if (error instanceof RpcDecodeError) return null;
    throw error;
  }
}

/** XPath for the records of a range that have one of these ids; any, where there are none. */
export function recordQuery(from: number, to: number, ids: readonly number[]): string {
  const range = `(EventRecordID >= ${from}) and (EventRecordID <= ${to})`;
  const wanted = ids.map((id) => `(EventID=${id})`).join(' or ');
  return `*[System[${wanted === '' ? range : `(${wanted}) and ${range}`}]]`;
}
