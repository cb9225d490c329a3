import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import { handleBytes } from './context-handle.ts';

export {
  decodeHandle as decodeLogHandle,
  decodeHandleAnswer,
  encodeHandle as encodeLogHandle,
  encodeHandleAnswer,
} from './context-handle.ts';

/** The event logs as all versions of Windows serve them (MS-EVEN 1.9). */
export const eventlog: RpcInterface = {
  name: 'eventlog',
  pipe: 'eventlog',
  uuid: '82273fdc-e32a-18c3-3f78-827929dc23ea',
  major: 0,
  minor: 0,
};

/** MS-EVEN 3.1.4. */
export const logCalls = { clear: 0, close: 2, count: 4, oldest: 5, open: 7, read: 10 } as const;

/** NTSTATUS values that reading a log is answered with beside success. */
export const logStatuses = {
  done: 0,
  /** Behind the newest record. */
  endOfFile: 0xc0000011,
  /** What Windows says of a record that is not there (any more). */
  invalidParameter: 0xc000000d,
  /** The record that is next needs more room: `needed`. */
  bufferTooSmall: 0xc0000023,
  invalidHandle: 0xc0000008,
  accessDenied: 0xc0000022,
  /** The log was cleared while it was read; the handle is good for nothing. */
  fileChanged: 0xc0000188,
} as const;

/** MS-EVEN 2.2.2: how ElfrReadELW goes through the log. */
export const readFlags = { sequential: 0x1, seek: 0x2, forwards: 0x4, backwards: 0x8 } as const;

/** The most that one read may ask for (MS-EVEN 3.1.4.7, MAX_BATCH_BUFF). */
export const longestRead = 0x7ffff;

const major = 1;
const minor = 1;

export function encodeOpenLog(log: string): Buffer {
  return new NdrWriter()
    .pointer(false)
    .wholeUnicodeString(log)
    .wholeUnicodeString('')
    .u32(major)
    .u32(minor)
    .finish();
}

/** The name of the log. @throws RpcDecodeError */
export function decodeOpenLog(stub: Buffer): string {
  const reader = new NdrReader(stub);
  // A server name, of which one character is sent.
  if (reader.pointer()) reader.u16();
  return reader.unicodeString().hasText ? reader.wideString() : '';
}

/** ElfrClearELFW without a backup file. Clears the log: never sent by the product, only by tests to servers of their own. */
export function encodeClearLog(handle: Buffer): Buffer {
  return new NdrWriter().bytes(handle).pointer(false).finish();
}

/** The answer to count and oldest. @throws RpcDecodeError */
export function decodeLogNumber(stub: Buffer): { readonly value: number; readonly status: number } {
  const reader = new NdrReader(stub);
  return { value: reader.u32(), status: reader.u32() };
}

export function encodeLogNumber(value: number, status: number): Buffer {
  return new NdrWriter().u32(value).u32(status).finish();
}

export interface ReadQuestion {
  readonly handle: Buffer;
  /** readFlags */
  readonly flags: number;
  /** The record to begin with, where `flags` seek. */
  readonly record: number;
  /** Up to longestRead. */
  readonly bytes: number;
}

export function encodeReadLog({ handle, flags, record, bytes }: ReadQuestion): Buffer {
  return new NdrWriter().bytes(handle).u32(flags).u32(record).u32(bytes).finish();
}

/** @throws RpcDecodeError */
export function decodeReadLog(stub: Buffer): ReadQuestion {
  const reader = new NdrReader(stub);
  const handle = Buffer.from(reader.bytes(handleBytes));
  return { handle, flags: reader.u32(), record: reader.u32(), bytes: reader.u32() };
}

export interface ReadAnswer {
  /** Records for `decodeEventRecords`. */
  readonly records: Buffer;
  /** The room that the next record needs, where the status is bufferTooSmall. */
  readonly needed: number;
  readonly status: number;
}

/** @throws RpcDecodeError */
export function decodeReadAnswer(stub: Buffer): ReadAnswer {
  const reader = new NdrReader(stub);
  // The whole room comes back, however little of it is used.
  const room = reader.bytes(reader.count(1));
  const used = reader.u32();
  if (used > room.length) reader.fail('bad-length', `${used} bytes of records in ${room.length}`);
  return { records: Buffer.from(room.subarray(0, used)), needed: reader.u32(), status: reader.u32() };
}

export function encodeReadAnswer(room: number, { records, needed, status }: ReadAnswer): Buffer {
  const filling = Buffer.alloc(Math.max(0, room - records.length));
  const writer = new NdrWriter()
    .u32(records.length + filling.length)
    .bytes(records)
    .bytes(filling);
  return writer.u32(records.length).u32(needed).u32(status).finish();
}
