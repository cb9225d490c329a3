const firstReferent = 0x00020000;

/** Makes a stub of NDR 2.0, little-endian (C706 chapter 14, MS-RPCE 2.2.4). Numbers align themselves; the gaps are zeros. */
export class NdrWriter {
  #bytes = Buffer.alloc(256);
  #length = 0;
  #pointers = 0;

  get length(): number {
    return this.#length;
  }

  #room(count: number): number {
    const from = this.#length;
    const needed = from + count;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, from);
      this.#bytes = larger;
    }
    this.#length = needed;
    return from;
  }

  align(to: 2 | 4 | 8 | 16): this {
    const over = this.#length % to;
    if (over !== 0) this.#room(to - over);
    return this;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.align(2).#room(2);
    this.#bytes.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.align(4).#room(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.align(8).#room(8);
    this.#bytes.writeBigUInt64LE(value, at);
    return this;
  }

  bytes(bytes: Buffer): this {
    const at = this.#room(bytes.length);
    bytes.copy(this.#bytes, at);
    return this;
  }

  /** A pointer that points to something, which has to be written at its place; or one that does not. */
  pointer(isPresent = true): this {
    if (!isPresent) return this.u32(0);
    this.#pointers += 1;
    return this.u32(firstReferent + 4 * this.#pointers);
  }

  /** A conformant varying string of UTF-16. `ending` is '' for the text of an RPC_UNICODE_STRING, whose length says all. */
  wideString(text: string, ending: '\0' | '' = '\0'): this {
    const whole = text + ending;
    this.u32(whole.length).u32(0).u32(whole.length);
    return this.bytes(Buffer.from(whole, 'utf16le'));
  }

  /** A unique pointer with the string right behind it, as at the top level of a call; null is no pointer. */
  optionalString(text: string | null): this {
    this.pointer(text !== null);
    return text === null ? this : this.wideString(text);
  }

  varyingBytes(bytes: Buffer): this {
    return this.u32(bytes.length).u32(0).u32(bytes.length).bytes(bytes);
  }

  /** The fixed part of an RPC_UNICODE_STRING (MS-DTYP 2.3.10); its text is written with `wideString(text, '')` where it belongs. */
  unicodeString(text: string | null): this {
    const bytes = (text ?? '').length * 2;
    return this.align(4)
      .u16(bytes)
      .u16(bytes)
      .pointer(text !== null);
  }

  /** An RPC_UNICODE_STRING with its text right behind it, as at the top level of a call. */
  wholeUnicodeString(text: string): this {
    return this.unicodeString(text).wideString(text, '');
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }
}
