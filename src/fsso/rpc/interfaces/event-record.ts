import { sidBytes, sidText } from '../../directory/active-directory/sid.ts';
import { RpcDecodeError } from '../errors.ts';

/** A record of an event log (MS-EVEN 2.2.3, EVENTLOGRECORD). Texts are raw. */
export interface EventRecord {
  readonly record: number;
  /** Unix seconds by the machine's clock: when it happened, and when it came into the log. */
  readonly generated: number;
  readonly written: number;
  /** Without severity and facility, which stand in the high half on the wire. */
  readonly id: number;
  /** 1 error, 2 warning, 4 information, 8 audit success, 16 audit failure; Samba always says 0. */
  readonly type: number;
  readonly source: string;
  readonly computer: string;
  readonly strings: readonly string[];
  /** Who did it, as text; null where the record does not say. */
  readonly sid?: string | null;
}

const fixedBytes = 56;
const signature = 0x654c664c;
/** The length stands at the end again. */
const lastBytes = 4;

/**
 * The records that one answer brought, as they stand there.
 * @param passOver told the number of each record that fits and cannot be read, which is left out; absent: such a record is an error too
 * @throws RpcDecodeError for a record that does not fit; Windows never cuts one
 */
export function decodeEventRecords(bytes: Buffer, passOver?: (record: number) => void): EventRecord[] {
  const records: EventRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    if (left < fixedBytes + lastBytes)
      throw new RpcDecodeError('truncated', at, `${left} bytes hold no record`);
    const length = bytes.readUInt32LE(at);
    if (length < fixedBytes + lastBytes || length > left)
      throw new RpcDecodeError('bad-length', at, `a record of ${length} bytes in ${left}`);
    if (bytes.readUInt32LE(at + 4) !== signature)
      throw new RpcDecodeError('bad-value', at + 4, 'a record without its signature');
    const whole = bytes.subarray(at, at + length - lastBytes);
    try {
      records.push(readRecord(whole, at));
    } catch (error) {
      if (passOver === undefined || !(error instanceof RpcDecodeError)) throw error;
      passOver(whole.readUInt32LE(8));
    }
    at += length;
  }
  return records;
}

function readRecord(bytes: Buffer, base: number): EventRecord {
  const text = (from: number): { value: string; next: number } => {
    for (let at = from; at + 2 <= bytes.length; at += 2)
      if (bytes.readUInt16LE(at) === 0) return { value: bytes.toString('utf16le', from, at), next: at + 2 };
    throw new RpcDecodeError('truncated', base + from, 'a text without its end');
  };
  const source = text(fixedBytes);
  const computer = text(source.next);
  const strings: string[] = [];
  let at = bytes.readUInt32LE(36);
  for (let count = bytes.readUInt16LE(26); count > 0; count -= 1) {
    const { value, next } = text(at);
    strings.push(value);
    at = next;
  }
  const sidLength = bytes.readUInt32LE(40);
  const sidAt = bytes.readUInt32LE(44);
  return {
    record: bytes.readUInt32LE(8),
    generated: bytes.readUInt32LE(12),
    written: bytes.readUInt32LE(16),
    id: bytes.readUInt16LE(20),
    type: bytes.readUInt16LE(24),
    source: source.value,
    computer: computer.value,
    strings,
    sid: sidLength === 0 ? null : sidText(bytes.subarray(sidAt, sidAt + sidLength)),
  };
}

const texts = (...values: readonly string[]): Buffer =>
  Buffer.from(values.map((value) => `${value}\0`).join(''), 'utf16le');
const filledUp = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** The bytes of a record, as a log holds it. */
export function encodeEventRecord(event: EventRecord): Buffer {
  const sid = event.sid ? sidBytes(event.sid) : Buffer.alloc(0);
  // Samba's own reader goes by the order alone, and expects no gap where there is no SID.
  const source = texts(event.source, event.computer);
  const names = sid.length === 0 ? source : filledUp(source);
  const strings = texts(...event.strings);
  const stringsAt = fixedBytes + names.length + sid.length;
  const end = stringsAt + strings.length;
  const gap = Buffer.alloc((4 - (end % 4)) % 4);
  const length = end + gap.length + lastBytes;
  const fixed = Buffer.alloc(fixedBytes);
  for (const [at, value] of [
    [0, length],
    [4, signature],
    [8, event.record],
    [12, event.generated],
    [16, event.written],
    [20, event.id],
    [36, stringsAt],
    [40, sid.length],
    [44, fixedBytes + names.length],
    // No data, which would stand behind the strings.
    [52, end],
  ] as const)
    fixed.writeUInt32LE(value, at);
  fixed.writeUInt16LE(event.type, 24);
  fixed.writeUInt16LE(event.strings.length, 26);
  const last = Buffer.alloc(lastBytes);
  last.writeUInt32LE(length);
  return Buffer.concat([fixed, names, sid, strings, gap, last]);
}
