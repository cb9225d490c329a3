import { GateLinkError } from './gate-link-error.ts';
import { decodeGateLink, type GateLinkMessage } from './messages.ts';

const lengthBytes = 4;

/** Cuts a stream into messages. Holds at most one frame, and nothing is allocated because of a length alone. */
export class GateLinkFrames {
  readonly #longest: number;
  #chunks: Buffer[] = [];
  #kept = 0;

  /** @param longest bytes of a frame, from `longestFrame` */
  constructor(longest: number) {
    this.#longest = longest;
  }

  get buffered(): number {
    return this.#kept;
  }

  /** The messages that are whole. @throws GateLinkError; the stream is lost then */
  *push(chunk: Buffer): Generator<GateLinkMessage> {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    for (;;) {
      if (this.#kept < lengthBytes) return;
      const length = this.#joined(lengthBytes).readUInt32BE(0);
      if (length > this.#longest) throw new GateLinkError(`a frame of ${length} bytes`);
      if (this.#kept < lengthBytes + length) return;
      const whole = this.#joined(lengthBytes + length);
      const rest = whole.subarray(lengthBytes + length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#kept = rest.length;
      yield decodeGateLink(whole.subarray(lengthBytes, lengthBytes + length));
    }
  }

  /** The first chunk, made as long as this. */
  #joined(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
