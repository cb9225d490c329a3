import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import { handleBytes } from './context-handle.ts';

/** The event logs as Windows 2008 and later serve them (MS-EVEN6 1.9). */
export const even6: RpcInterface = {
  name: 'even6',
  pipe: 'eventlog',
  uuid: 'f6beaff7-1e19-4fbb-9f8f-b89e2018337c',
  major: 1,
  minor: 0,
};

/** MS-EVEN6 3.1.4. */
export const even6Calls = {
  registerQuery: 5,
  queryNext: 11,
  querySeek: 12,
  close: 13,
  openLog: 17,
  logInfo: 18,
} as const;

/** Win32 errors that calls are answered with beside success. */
export const even6Statuses = {
  done: 0,
  accessDenied: 5,
  invalidHandle: 6,
  noMoreItems: 259,
  timeout: 1460,
  invalidQuery: 15001,
  channelNotFound: 15007,
} as const;

/** A channel, the oldest event first (MS-EVEN6 2.2.2). */
const channelOldestFirst = 0x101;
const channel = 0x1;

/** Events of one answer, at most (MS-EVEN6 2.2.1, MAX_RPC_RECORD_COUNT). */
export const mostEvents = 1024;
/** MAX_RPC_BATCH_SIZE. */
const longestBatch = 0x200000;

/** RpcInfo (MS-EVEN6 2.2.1): what a call failed with, more exactly. */
const infoNumbers = 3;

function skipInfo(reader: NdrReader): void {
  for (let left = infoNumbers; left > 0; left -= 1) reader.u32();
}

function writeInfo(writer: NdrWriter, status: number): NdrWriter {
  return writer.u32(status).u32(0).u32(0);
}

/** EvtRpcRegisterLogQuery for the events of a log that fit an XPath query. */
export function encodeRegisterQuery(log: string, query: string): Buffer {
  return new NdrWriter().optionalString(log).align(4).wideString(query).u32(channelOldestFirst).finish();
}

/** @throws RpcDecodeError */
export function decodeRegisterQuery(stub: Buffer): {
  readonly log: string;
  readonly query: string;
  readonly flags: number;
} {
  const reader = new NdrReader(stub);
  const log = reader.pointer() ? reader.wideString() : '';
  const query = reader.wideString();
  return { log, query, flags: reader.u32() };
}

export interface QueryAnswer {
  readonly handle: Buffer;
  /** With which the query can be cancelled; has to be closed too. */
  readonly control: Buffer;
  readonly status: number;
}

/** @throws RpcDecodeError */
export function decodeQueryAnswer(stub: Buffer): QueryAnswer {
  const reader = new NdrReader(stub);
  const handle = Buffer.from(reader.bytes(handleBytes));
  const control = Buffer.from(reader.bytes(handleBytes));
  const channels = reader.u32();
  if (reader.pointer()) {
    // Of each channel its name and a status, the names behind all; one is asked for.
    const count = reader.count(8);
    if (count !== channels) reader.fail('bad-length', `${channels} channels, of which ${count} are there`);
    const names = Array.from({ length: count }, () => {
      const hasName = reader.pointer();
      reader.u32();
      return hasName;
    });
    for (const hasName of names) if (hasName) reader.wideString();
  }
  skipInfo(reader);
  return { handle, control, status: reader.u32() };
}

export function encodeQueryAnswer(log: string, { handle, control, status }: QueryAnswer): Buffer {
  const writer = new NdrWriter().bytes(handle).bytes(control);
  if (status === even6Statuses.done) writer.u32(1).pointer().u32(1).pointer().u32(0).wideString(log).align(4);
  else writer.u32(0).pointer(false);
  return writeInfo(writer, status).u32(status).finish();
}

/** EvtRpcQueryNext: up to `most` events, waiting up to `waitMs` for the first. */
export function encodeQueryNext(handle: Buffer, most: number, waitMs: number): Buffer {
  return new NdrWriter().bytes(handle).u32(most).u32(waitMs).u32(0).finish();
}

/** @throws RpcDecodeError */
export function decodeQueryNext(stub: Buffer): { readonly handle: Buffer; readonly most: number } {
  const reader = new NdrReader(stub);
  return { handle: Buffer.from(reader.bytes(handleBytes)), most: reader.u32() };
}

export interface NextAnswer {
  /** Result sets (MS-EVEN6 2.2.17), for `binaryXmlOf`. */
  readonly results: readonly Buffer[];
  readonly status: number;
}

/** @throws RpcDecodeError */
export function decodeNextAnswer(stub: Buffer): NextAnswer {
  const reader = new NdrReader(stub);
  const events = reader.u32();
  const numbers = () => {
    if (!reader.pointer()) return [];
    const count = reader.count(4);
    if (count > mostEvents) reader.fail('too-long', `${count} events in one answer`);
    return Array.from({ length: count }, () => reader.u32());
  };
  const places = numbers();
  const sizes = numbers();
  const size = reader.u32();
  let all: Buffer = Buffer.alloc(0);
  if (reader.pointer()) {
    const count = reader.count(1);
    if (count > longestBatch || count < size)
      reader.fail('bad-length', `${size} bytes of events in ${count}`);
    all = reader.bytes(count);
    reader.align(4);
  }
  const status = reader.u32();
  if (status !== even6Statuses.done) return { results: [], status };
  if (places.length < events || sizes.length < events)
    reader.fail('bad-length', `${events} events, of which ${places.length} are there`);
  const results = Array.from({ length: events }, (_, index) => {
    const place = places[index] as number;
    const end = place + (sizes[index] as number);
    if (end > all.length) reader.fail('bad-length', `an event up to ${end} in ${all.length} bytes`);
    return all.subarray(place, end);
  });
  return { results, status };
}

export function encodeNextAnswer({ results, status }: NextAnswer): Buffer {
  const writer = new NdrWriter().u32(results.length);
  const numbers = (values: readonly number[]) => {
    writer.pointer(values.length > 0);
    if (values.length > 0) writer.u32(values.length);
    for (const value of values) writer.u32(value);
  };
  const places: number[] = [];
  let at = 0;
  for (const { length } of results) {
    places.push(at);
    at += length;
  }
  numbers(places);
  numbers(results.map(({ length }) => length));
  writer.u32(at).pointer(at > 0);
  if (at > 0)
    writer
      .u32(at)
      .bytes(Buffer.concat([...results]))
      .align(4);
  return writer.u32(status).finish();
}

const resultHeader = 20;
const eventAt = 0x10;

/** The binary XML in a result set (MS-EVEN6 2.2.17). @throws RpcDecodeError */
export function binaryXmlOf(result: Buffer): Buffer {
  const reader = new NdrReader(result);
  reader.bytes(16);
  const size = reader.u32();
  if (size > reader.left) reader.fail('bad-length', `${size} bytes of XML in ${reader.left}`);
  return reader.bytes(size);
}

export function encodeResult(xml: Buffer): Buffer {
  const head = Buffer.alloc(resultHeader);
  // No subqueries, and an empty bookmark behind the event.
  const tail = Buffer.alloc(4);
  head.writeUInt32LE(resultHeader + xml.length + tail.length, 0);
  head.writeUInt32LE(eventAt, 4);
  head.writeUInt32LE(eventAt, 8);
  head.writeUInt32LE(resultHeader + xml.length + tail.length, 12);
  head.writeUInt32LE(xml.length, 16);
  return Buffer.concat([head, xml, tail]);
}

/** EvtRpcOpenLogHandle for what a log says of itself. */
export function encodeOpenChannel(log: string): Buffer {
  return new NdrWriter().wideString(log).u32(channel).finish();
}

/** @throws RpcDecodeError */
export function decodeOpenChannel(stub: Buffer): string {
  return new NdrReader(stub).wideString();
}

/** @throws RpcDecodeError */
export function decodeChannelAnswer(stub: Buffer): { readonly handle: Buffer; readonly status: number } {
  const reader = new NdrReader(stub);
  const handle = Buffer.from(reader.bytes(handleBytes));
  skipInfo(reader);
  return { handle, status: reader.u32() };
}

export function encodeChannelAnswer(handle: Buffer, status: number): Buffer {
  return writeInfo(new NdrWriter().bytes(handle), status).u32(status).finish();
}

/** What a log tells of itself (MS-EVEN6 3.1.4.20). */
export const logProperties = { count: 5, oldest: 6 } as const;

/** A BinXmlVariant (MS-EVEN6 2.2.18): a value of 8 bytes, its count, its type. */
const variantBytes = 16;
const uint64 = 10;

/** EvtRpcGetLogFileInfo. */
export function encodeLogInfo(handle: Buffer, property: number): Buffer {
  return new NdrWriter().bytes(handle).u32(property).u32(variantBytes).finish();
}

/** @throws RpcDecodeError */
export function decodeLogInfo(stub: Buffer): {
  readonly handle: Buffer;
  readonly property: number;
  readonly room: number;
} {
  const reader = new NdrReader(stub);
  const handle = Buffer.from(reader.bytes(handleBytes));
  return { handle, property: reader.u32(), room: reader.u32() };
}

/** A number of a log. @throws RpcDecodeError, for one that is no safe integer too */
export function decodeLogInfoAnswer(stub: Buffer): { readonly value: number; readonly status: number } {
  const reader = new NdrReader(stub);
  const variant = reader.bytes(reader.count(1));
  reader.align(4);
  const used = reader.u32();
  const status = reader.u32();
  if (status !== even6Statuses.done) return { value: 0, status };
  if (used < 8 || variant.length < 8) reader.fail('bad-length', `a number of ${used} bytes`);
  const value = Number(variant.readBigUInt64LE());
  if (!Number.isSafeInteger(value)) reader.fail('bad-value', 'a number beyond what logs count');
  return { value, status };
}

export function encodeLogInfoAnswer(value: number, status: number): Buffer {
  const variant = Buffer.alloc(variantBytes);
  variant.writeBigUInt64LE(BigInt(value));
  variant.writeUInt32LE(uint64, 12);
  return new NdrWriter().u32(variantBytes).bytes(variant).u32(variantBytes).u32(status).finish();
}
