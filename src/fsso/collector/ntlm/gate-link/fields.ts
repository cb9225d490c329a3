import { GateLinkError } from './gate-link-error.ts';

/** A text as two bytes of length and UTF-8, cut to so many characters. */
export function fieldOf(text: string, longest: number): Buffer {
  const bytes = Buffer.from(text.slice(0, longest));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Reads a frame from its front. Every reading throws GateLinkError where the frame is too short. */
export class FieldReader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  short(): number {
    return this.#take(2).readUInt16BE();
  }

  long(): number {
    return this.#take(4).readUInt32BE();
  }

  /** Not safe yet. */
  text(): string {
    return this.#take(this.short()).toString();
  }

  rest(): Buffer {
    return this.#take(this.#rest.length);
  }

  #take(count: number): Buffer {
    if (count > this.#rest.length) throw new GateLinkError('a frame ends in the middle of a field');
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}
