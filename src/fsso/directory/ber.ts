// The little of ASN.1's Basic Encoding Rules that LDAP allows (RFC 4511, 5.1): one byte of tag, definite lengths.

/** Thrown for bytes that are not what the protocol allows, whatever they are. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** Bytes of the longest length that is taken: 0x84 and four more. */
const mostLengthBytes = 4;

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Where the content of an element begins and ends. */
export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The header of the element at `at`; null where it is not all there yet. `end` may lie behind the bytes.
 * @throws MalformedAnswer for a length that LDAP does not allow
 */
export function headerAt(bytes: Buffer, at: number): Element | null {
  if (bytes.length < at + 2) return null;
  const tag = bytes[at] as number;
  const first = bytes[at + 1] as number;
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > mostLengthBytes) throw new MalformedAnswer('a length that LDAP does not allow');
  const start = at + 2 + count;
  if (bytes.length < start) return null;
  return { tag, start, end: start + bytes.readUIntBE(at + 2, count) };
}

/** Steps through the elements of one content; every element has to lie within it. */
export class Elements {
  readonly bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, { start, end }: Pick<Element, 'start' | 'end'>) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isOver(): boolean {
    return this.#at >= this.#end;
  }

  /** The tag of the next element; null at the end. */
  get tag(): number | null {
    return this.isOver ? null : (this.bytes[this.#at] as number);
  }

  /** The next element, which has to have this tag. */
  next(tag: number): Element {
    if (this.tag !== tag) throw new MalformedAnswer(`no element ${tag.toString(16)} where one has to be`);
    const header = headerAt(this.bytes, this.#at);
    if (header === null || header.end > this.#end)
      throw new MalformedAnswer('an element that is longer than what holds it');
    this.#at = header.end;
    return header;
  }

  /** The elements within the next one. */
  inside(tag: number): Elements {
    return new Elements(this.bytes, this.next(tag));
  }

  /** Steps over the next element where it has this tag. */
  skip(tag: number): boolean {
    if (this.tag !== tag) return false;
    this.next(tag);
    return true;
  }

  /** A number of one to four bytes. */
  number(tag: number): number {
    const { start, end } = this.next(tag);
    if (end === start || end - start > 4) throw new MalformedAnswer('a number of no or too many bytes');
    return this.bytes.readIntBE(start, end - start);
  }

  /** Nothing may be left. */
  finish(): void {
    if (!this.isOver) throw new MalformedAnswer('more than there may be');
  }
}
