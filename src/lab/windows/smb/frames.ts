import { NotSmb } from './wire.ts';

/** More than any request here needs. */
const longestFrame = 1024 * 1024;
const lengthBytes = 4;

/** Cuts frames out of a TCP stream: a zero, three bytes of length, the message (MS-SMB2 2.1). */
export class SmbFrames {
  #bytes: Buffer = Buffer.alloc(0);

  /** @throws NotSmb */
  *push(bytes: Buffer): Generator<Buffer> {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= lengthBytes) {
      const length = this.#bytes.readUInt32BE(0);
      if (length > longestFrame) throw new NotSmb('a frame that is too long');
      if (this.#bytes.length < lengthBytes + length) return;
      const frame = this.#bytes.subarray(lengthBytes, lengthBytes + length);
      this.#bytes = this.#bytes.subarray(lengthBytes + length);
      yield frame;
    }
  }
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}
