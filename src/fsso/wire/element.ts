import { isUtf8 } from 'node:buffer';
import { deepestNesting, elementTypes } from './profile.ts';

/**
 * One element of the TCP 8000 stream (docs/protocol/fsso.md, Elements). `code` and `type` are 0 to 255. A value that is
 * a Buffer is written as it is, whatever the type; attributes that we do not know keep theirs in that form, so that
 * they can be sent on unchanged.
 */
export type Element = { code: number; type: number; value: Buffer | number | string | Element[] };

/** Why bytes were refused (docs/protocol/fsso.md, Elements and Datagrams). */
export type DecodeReason =
  | 'bad-length' // an element shorter than its own header
  | 'too-long' // longer than the limit that holds here
  | 'not-a-container' // a message that is not a container
  | 'overrun' // a child that ends behind its parent
  | 'nesting' // containers in containers beyond the limit
  | 'truncated' // the bytes end inside
  | 'trailing' // bytes behind the element
  | 'length-mismatch' // a datagram whose own length differs from its size
  | 'text-overrun'; // a datagram whose text ends behind the datagram

/** The only thing that a decoder throws. `offset` counts bytes from the start of the stream or datagram. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: DecodeReason;
  readonly offset: number;

  constructor(reason: DecodeReason, offset: number, detail: string) {
    super(`${detail}, at byte ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }
}

/** Thrown by encoders for a value that the protocol cannot carry; `field` names it. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  readonly field: string;

  constructor(field: string, detail: string) {
    super(`${field}: ${detail}`);
    this.field = field;
  }
}

/** Bytes before an element's value. */
export const headerBytes = 6;

const windows1252 = new TextDecoder('windows-1252');

/** Text of `bytes[start..end)`: UTF-8 where the bytes are that, else Windows-1252 (docs/protocol/fsso.md, Elements). */
export function readText(bytes: Buffer, start: number, end: number): string {
  if (isPlain(bytes, start, end)) return bytes.toString('latin1', start, end);
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text;
  const slice = bytes.subarray(start, end);
  return isUtf8(slice) ? text : windows1252.decode(slice);
}

/** All bytes are ASCII: nearly every text is, and is then read in half the time. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

/** As `readText`, cut at the first NUL: names and identities come with or without padding. */
export function readPaddedText(bytes: Buffer, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return readText(bytes, start, nul === -1 ? end : start + nul);
}

/**
 * Walks the elements in `bytes[start..end)` without allocating: after `next()` returned true, `code`, `type` and the
 * value's `start` and `end` describe one. `origin` is the stream offset of `bytes[0]`, for errors.
 */
export class ElementCursor {
  code = 0;
  type = 0;
  start = 0;
  end = 0;
  readonly bytes: Buffer;
  readonly origin: number;
  #at: number;
  readonly #limit: number;

  constructor(bytes: Buffer, start: number, end: number, origin = 0) {
    this.bytes = bytes;
    this.origin = origin;
    this.#at = start;
    this.#limit = end;
  }

  /** Moves to the next element; false at the end. Throws DecodeError (`bad-length`, `overrun`). */
  next(): boolean {
    const at = this.#at;
    if (at === this.#limit) return false;
    const room = this.#limit - at;
    if (room < headerBytes)
      throw new DecodeError('overrun', this.origin + at, 'element header overruns its parent');
    const length = this.bytes.readUInt32BE(at);
    checkLength(length, room, this.origin + at);
    this.code = this.bytes[at + 4] as number;
    this.type = this.bytes[at + 5] as number;
    this.start = at + headerBytes;
    this.end = at + length;
    this.#at = this.end;
    return true;
  }

  /** True for an integer of the size that an integer has. */
  get isInteger(): boolean {
    return this.type === elementTypes.integer && this.end - this.start === 4;
  }

  /** True where the value can be read as text: a string, or opaque bytes that carry a name. */
  get isText(): boolean {
    return this.type === elementTypes.string || this.type === elementTypes.opaque;
  }

  /** The integer; only where `isInteger`. */
  get integer(): number {
    return this.bytes.readUInt32BE(this.start);
  }

  /** The value's text; only where `isText`. */
  get text(): string {
    return readText(this.bytes, this.start, this.end);
  }

  /** The value's text up to the first NUL; only where `isText`. */
  get paddedText(): string {
    return readPaddedText(this.bytes, this.start, this.end);
  }

  /** A copy of the value's bytes. */
  get copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.start, this.end));
  }

  /** A cursor over the children of this container. */
  children(): ElementCursor {
    return new ElementCursor(this.bytes, this.start, this.end, this.origin);
  }
}

/** Throws DecodeError unless an element of `length` bytes is possible and fits the `room` that its parent has left. */
export function checkLength(length: number, room: number, offset: number): void {
  if (length < headerBytes)
    throw new DecodeError('bad-length', offset, `element length ${length} is below ${headerBytes}`);
  if (length > room)
    throw new DecodeError(
      'overrun',
      offset,
      `element of ${length} bytes overruns the ${room} that its parent has left`,
    );
}

/** Throws DecodeError where the container under the cursor, itself at `depth`, is malformed inside or nests too deep. */
export function checkNesting(container: ElementCursor, depth: number): void {
  if (depth > deepestNesting)
    throw new DecodeError(
      'nesting',
      container.origin + container.start - headerBytes,
      `containers nested more than ${deepestNesting} deep`,
    );
  const child = container.children();
  while (child.next()) if (child.type === elementTypes.container) checkNesting(child, depth + 1);
}

/** Reads exactly one element with everything in it. Throws DecodeError, never anything else. */
export function decodeElement(bytes: Buffer): Element {
  if (bytes.length < headerBytes)
    throw new DecodeError('truncated', bytes.length, 'element header is cut short');
  const length = bytes.readUInt32BE(0);
  if (length > bytes.length)
    throw new DecodeError('truncated', bytes.length, `element of ${length} bytes is cut short`);
  if (length >= headerBytes && length < bytes.length)
    throw new DecodeError('trailing', length, `${bytes.length - length} bytes follow the element`);
  const cursor = new ElementCursor(bytes, 0, bytes.length);
  cursor.next();
  return readElement(cursor, 1);
}

function readElement(cursor: ElementCursor, depth: number): Element {
  const { code, type, start, end, bytes } = cursor;
  if (type === elementTypes.container) {
    if (depth > deepestNesting) checkNesting(cursor, depth);
    const value: Element[] = [];
    const child = cursor.children();
    while (child.next()) value.push(readElement(child, depth + 1));
    return { code, type, value };
  }
  if (cursor.isInteger) return { code, type, value: cursor.integer };
  if (type === elementTypes.string) return { code, type, value: readText(bytes, start, end) };
  return { code, type, value: cursor.copy };
}

/** Bytes that the element takes on the wire, header included. */
export function elementBytes(element: Element): number {
  const { value } = element;
  if (typeof value === 'number') return headerBytes + 4;
  if (typeof value === 'string') return headerBytes + Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((sum, child) => sum + elementBytes(child), headerBytes);
  return headerBytes + value.length;
}

/** Writes the element into `target` at `at` and returns the offset behind it. Throws EncodeError for a number beyond u32. */
export function writeElement(element: Element, target: Buffer, at: number): number {
  const { code, type, value } = element;
  let end = at + headerBytes;
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new EncodeError(
        `attribute 0x${code.toString(16)}`,
        `${value} is not a whole number from 0 to 4294967295`,
      );
    end = target.writeUInt32BE(value, end);
  } else if (typeof value === 'string') end += target.write(value, end);
  else if (Array.isArray(value)) for (const child of value) end = writeElement(child, target, end);
  else end += value.copy(target, end);
  target.writeUInt32BE(end - at, at);
  target[at + 4] = code;
  target[at + 5] = type;
  return end;
}

/** The element's bytes. Throws EncodeError for a number beyond u32. */
export function encodeElement(element: Element): Buffer {
  const bytes = Buffer.allocUnsafe(elementBytes(element));
  writeElement(element, bytes, 0);
  return bytes;
}
