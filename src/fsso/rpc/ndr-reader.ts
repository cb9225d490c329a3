import { RpcDecodeError } from './errors.ts';

/**
 * Steps through a stub of NDR 2.0, little-endian (C706 chapter 14, MS-RPCE 2.2.4): numbers are aligned to their own size, counted
 * from the beginning of the stub. What a pointer points to stands behind the structure that holds the pointer; whoever reads calls in
 * that order. Throws RpcDecodeError and nothing else.
 */
export class NdrReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(stub: Buffer) {
    this.#bytes = stub;
  }

  get offset(): number {
    return this.#at;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(reason: RpcDecodeError['reason'], detail: string): never {
    throw new RpcDecodeError(reason, this.#at, detail);
  }

  align(to: 2 | 4 | 8): void {
    const over = this.#at % to;
    if (over !== 0) this.#take(to - over);
  }

  #take(count: number): number {
    if (count > this.left) this.fail('truncated', `${count} bytes are needed, ${this.left} are there`);
    const from = this.#at;
    this.#at += count;
    return from;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u16(): number {
    this.align(2);
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    this.align(4);
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  u64(): bigint {
    this.align(8);
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  /** The next `count` bytes, unaligned; a view, not a copy. */
  bytes(count: number): Buffer {
    const from = this.#take(count);
    return this.#bytes.subarray(from, from + count);
  }

  /** True where the pointer points to something, which then has to be read at its place. */
  pointer(): boolean {
    return this.u32() !== 0;
  }

  /** The count of a conformant array whose elements take at least `bytesEach`: never more than what is left can hold. */
  count(bytesEach: number): number {
    const count = this.u32();
    if (count * bytesEach > this.left) this.fail('bad-length', `an array of ${count} elements does not fit`);
    return count;
  }

  /** A conformant varying string of UTF-16, up to its first NUL. */
  wideString(): string {
    const most = this.u32();
    const first = this.u32();
    const actual = this.u32();
    if (first !== 0 || actual > most)
      this.fail('bad-length', `a string of ${actual} from ${first} in room for ${most}`);
    if (actual * 2 > this.left) this.fail('truncated', `a string of ${actual} characters does not fit`);
    const text = this.bytes(actual * 2).toString('utf16le');
    const end = text.indexOf('\0');
    return end === -1 ? text : text.slice(0, end);
  }

  /** A conformant varying array of bytes. */
  varyingBytes(): Buffer {
    const most = this.u32();
    const first = this.u32();
    const actual = this.u32();
    if (first !== 0 || actual > most)
      this.fail('bad-length', `${actual} bytes from ${first} in room for ${most}`);
    return this.bytes(actual);
  }

  /**
   * The fixed part of an RPC_UNICODE_STRING (MS-DTYP 2.3.10); where it `hasText`, a `wideString` follows where its pointer's target
   * belongs.
   */
  unicodeString(): { readonly bytes: number; readonly most: number; readonly hasText: boolean } {
    this.align(4);
    const bytes = this.u16();
    const most = this.u16();
    return { bytes, most, hasText: this.pointer() };
  }
}
