import { sidText } from '../../directory/active-directory/sid.ts';
import { guidText } from '../../rpc/guid.ts';
import { arrayFlag, valueTypes } from './format.ts';

/** A value of a template: its type, and its bytes as they are. */
export interface TypedValue {
  readonly type: number;
  readonly bytes: Buffer;
}

/** 100 nanoseconds from 1601 to 1970. */
const epoch = 116_444_736_000_000_000n;

const hex = (value: bigint | number) => `0x${value.toString(16)}`;

/** Each type of a fixed size: its bytes, and how its text is made. */
const fixed: Readonly<Record<number, readonly [size: number, text: (bytes: Buffer) => string]>> = {
  [valueTypes.int8]: [1, (bytes) => String(bytes.readInt8())],
  [valueTypes.uint8]: [1, (bytes) => String(bytes.readUInt8())],
  [valueTypes.int16]: [2, (bytes) => String(bytes.readInt16LE())],
  [valueTypes.uint16]: [2, (bytes) => String(bytes.readUInt16LE())],
  [valueTypes.int32]: [4, (bytes) => String(bytes.readInt32LE())],
  [valueTypes.uint32]: [4, (bytes) => String(bytes.readUInt32LE())],
  [valueTypes.int64]: [8, (bytes) => String(bytes.readBigInt64LE())],
  [valueTypes.uint64]: [8, (bytes) => String(bytes.readBigUInt64LE())],
  [valueTypes.real32]: [4, (bytes) => String(bytes.readFloatLE())],
  [valueTypes.real64]: [8, (bytes) => String(bytes.readDoubleLE())],
  [valueTypes.boolean]: [4, (bytes) => String(bytes.readUInt32LE() !== 0)],
  [valueTypes.guid]: [16, (bytes) => `{${guidText(bytes)}}`],
  [valueTypes.fileTime]: [8, (bytes) => fileTimeText(bytes.readBigUInt64LE())],
  [valueTypes.systemTime]: [16, systemTimeText],
  [valueTypes.hex32]: [4, (bytes) => hex(bytes.readUInt32LE())],
  [valueTypes.hex64]: [8, (bytes) => hex(bytes.readBigUInt64LE())],
};

/** The text of a value; empty for one that is not what its type says. Values that are binary XML have none: they are read. */
export function valueText({ type, bytes }: TypedValue): string {
  switch (type) {
    case valueTypes.text:
      return bytes.toString('utf16le').replace(/\0+$/, '');
    case valueTypes.ansiText:
      return bytes.toString('latin1').replace(/\0+$/, '');
    case valueTypes.binary:
      return bytes.toString('hex').toUpperCase();
    case valueTypes.sid:
      return sidText(bytes) ?? '';
    case valueTypes.size:
      return hex(bytes.length >= 8 ? bytes.readBigUInt64LE() : bytes.length >= 4 ? bytes.readUInt32LE() : 0);
    case arrayFlag | valueTypes.text:
      return bytes.toString('utf16le').replace(/\0+$/, '').split('\0').join(', ');
    default:
      return fixedText(type, bytes);
  }
}

function fixedText(type: number, bytes: Buffer): string {
  const [size, text] = fixed[type & ~arrayFlag] ?? [0, () => ''];
  if (size === 0) return '';
  if ((type & arrayFlag) === 0) return bytes.length >= size ? text(bytes) : '';
  const count = Math.floor(bytes.length / size);
  return Array.from({ length: count }, (_, index) => text(bytes.subarray(index * size))).join(', ');
}

/** ISO 8601 to the millisecond; empty for what is beyond what a Date holds. */
function fileTimeText(value: bigint): string {
  const date = new Date(Number((value - epoch) / 10_000n));
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function systemTimeText(bytes: Buffer): string {
  const part = (index: number) => bytes.readUInt16LE(2 * index);
  // Year, month, day of the week, day, hour, minute, second, millisecond.
  const date = new Date(Date.UTC(part(0), part(1) - 1, part(3), part(4), part(5), part(6), part(7)));
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** The bytes of a FILETIME. @param ms milliseconds since 1970 */
export function fileTimeBytes(ms: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(Math.round(ms)) * 10_000n + epoch);
  return bytes;
}
