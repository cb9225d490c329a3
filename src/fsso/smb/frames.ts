import { SmbDecodeError } from './errors.ts';
import { longestMessage } from './profile.ts';

/** A message as it goes over TCP 445: a zero and its length in three bytes, big-endian (MS-SMB2 2.1). */
export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(message.length);
  return Buffer.concat([head, message]);
}

/** Cuts a stream into messages. It keeps no more than one message, and that only up to a limit. */
export class FrameReader {
  readonly #longest: number;
  #chunks: Buffer[] = [];
  #held = 0;

  constructor(longest = longestMessage) {
    this.#longest = longest;
  }

  /** Bytes that wait for the rest of their message. */
  get held(): number {
    return this.#held;
  }

  /** @throws SmbDecodeError */
  *push(bytes: Buffer): Generator<Buffer> {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    for (;;) {
      if (this.#held < 4) return;
      const first = this.#chunks[0] as Buffer;
      const head = first.length >= 4 ? first : this.#joined();
      if (head[0] !== 0) throw new SmbDecodeError('bad-value', 'bytes that are no message of SMB over TCP');
      const length = head.readUInt32BE(0);
      if (length > this.#longest) throw new SmbDecodeError('too-long', `a message of ${length} bytes`);
      if (this.#held < 4 + length) return;
      const all = this.#joined();
      this.#chunks = all.length > 4 + length ? [all.subarray(4 + length)] : [];
      this.#held -= 4 + length;
      yield all.subarray(4, 4 + length);
    }
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }
}
