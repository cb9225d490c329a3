import type { RpcClient } from '../rpc/client.ts';
import { decodeEventRecords, type EventRecord } from '../rpc/interfaces/event-record.ts';
import {
  decodeLogNumber,
  decodeReadAnswer,
  encodeLogHandle,
  encodeOpenLog,
  encodeReadLog,
  logCalls,
  logStatuses,
  longestRead,
  readFlags,
} from '../rpc/interfaces/eventlog.ts';
import { decodeHandleAnswer } from '../rpc/interfaces/winreg.ts';
import { namedStrings } from './event-strings.ts';
import type { LogEvent, LogExtent, LogQuestion, LogReader, LogReading } from './reading.ts';
import type { StatusPlace } from './statuses.ts';
import { refusedWith, rpcFailure } from './windows-failure.ts';

/** The server sends as much room as it is given, however little it fills: room is taken by what records have needed so far. */
const firstGuess = 1024;
const leastRoom = 4096;

interface Records {
  readonly records: readonly EventRecord[];
  /** Numbers of those that are there and cannot be read. */
  readonly passedOver: readonly number[];
}

/** An event log as every version of Windows serves it, by number of record (MS-EVEN 3.1.4). */
export class EvenLog implements LogReader {
  readonly #client: RpcClient;
  readonly #log: string;
  readonly #place: StatusPlace;
  #handle: Buffer | null = null;
  /** Bytes of a record, lately. */
  #size = firstGuess;

  /** @param client bound to eventlog */
  constructor(client: RpcClient, log: string, place: Omit<StatusPlace, 'task'>) {
    this.#client = client;
    this.#log = log;
    this.#place = { ...place, task: 'event-log' };
  }

  /** Opens the log anew: a handle to one that was cleared is good for nothing. */
  async extent(signal: AbortSignal): Promise<LogExtent> {
    await this.#close(signal);
    const opened = decodeHandleAnswer(await this.#call(logCalls.open, encodeOpenLog(this.#log), signal));
    if (opened.status !== logStatuses.done) throw refusedWith('nt', opened.status, this.#place);
    this.#handle = opened.handle;
    const count = await this.#number(logCalls.count, opened.handle, signal);
    const oldest = await this.#number(logCalls.oldest, opened.handle, signal);
    return count === 0 ? { oldest: 1, newest: 0 } : { oldest, newest: oldest + count - 1 };
  }

  async read({ from, to, ids }: LogQuestion, signal: AbortSignal): Promise<LogReading> {
    const wanted = Math.min(longestRead, Math.max(leastRoom, (to - from + 1) * this.#size));
    const isWanted = (record: number) => record >= from && record <= to;
    const { records, passedOver } = await this.#records(from, wanted, signal);
    const events = records.filter(({ record, id }) => isWanted(record) && ids.has(id)).map(eventOf);
    const seen = [...records.map(({ record }) => record), ...passedOver].filter(isWanted);
    // A record that is not there any more was overwritten: the next look at the extent says so.
    const readTo = seen.reduce((last, record) => Math.max(last, record), from - 1);
    return { events, readTo, unreadable: passedOver.filter(isWanted).length };
  }

  async at(record: number, signal: AbortSignal): Promise<LogEvent | null> {
    const [first] = (await this.#records(record, leastRoom, signal)).records;
    return first?.record === record ? eventOf(first) : null;
  }

  async #records(from: number, room: number, signal: AbortSignal): Promise<Records> {
    if (this.#handle === null) await this.extent(signal);
    const handle = this.#handle as Buffer;
    const flags = readFlags.seek | readFlags.forwards;
    const ask = async (bytes: number) =>
      decodeReadAnswer(
        await this.#call(logCalls.read, encodeReadLog({ handle, flags, record: from, bytes }), signal),
      );
    let answer = await ask(room);
    if (answer.status === logStatuses.bufferTooSmall && answer.needed <= longestRead)
      answer = await ask(answer.needed);
    const { status, records } = answer;
    if (status === logStatuses.endOfFile || status === logStatuses.invalidParameter)
      return { records: [], passedOver: [] };
    if (status !== logStatuses.done) throw refusedWith('nt', status, this.#place);
    const read = this.#decode(records);
    const count = read.records.length + read.passedOver.length;
    if (count > 0) this.#size = Math.ceil(records.length / count);
    return read;
  }

  #decode(bytes: Buffer): Records {
    const passedOver: number[] = [];
    try {
      // One that cannot be read must not keep those behind it from being read, now and at each try.
      return { records: decodeEventRecords(bytes, (record) => passedOver.push(record)), passedOver };
    } catch (error) {
      throw rpcFailure(error, this.#place);
    }
  }

  async #number(call: number, handle: Buffer, signal: AbortSignal): Promise<number> {
    const { value, status } = decodeLogNumber(await this.#call(call, encodeLogHandle(handle), signal));
    if (status !== logStatuses.done) throw refusedWith('nt', status, this.#place);
    return value;
  }

  async #close(signal: AbortSignal): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) await this.#call(logCalls.close, encodeLogHandle(handle), signal);
  }

  async #call(opnum: number, stub: Buffer, signal: AbortSignal): Promise<Buffer> {
    try {
      return await this.#client.call(opnum, stub, signal);
    } catch (error) {
      throw rpcFailure(error, this.#place);
    }
  }
}

function eventOf({ record, id, generated, computer, strings }: EventRecord): LogEvent {
  return { record, id, time: generated * 1000, computer, data: namedStrings(id, strings) ?? {} };
}
