import { headerBytes } from './element.ts';
import { attributeCodes, elementTypes, messageCodes } from './profile.ts';

/** One message as it stood in a stream (docs/protocol/fsso.md, Elements). */
export interface Frame {
  readonly code: number;
  readonly type: number;
  /** As its header announces it, in bytes, the header included. */
  readonly length: number;
  /** Its first bytes, the header included: all of them unless there are more than are kept. */
  readonly bytes: Buffer;
}

/**
 * Cuts one direction of a TCP 8000 stream into its messages without reading them, however it is split. It holds at most
 * `kept` bytes of one message, whatever that announces, and never throws.
 */
export class FrameSplitter {
  readonly #kept: number;
  #parts: Buffer[] = [];
  #held = 0;
  /** Bytes of the frame under way that came so far. */
  #come = 0;
  #length = 0;
  #broken = false;

  constructor(kept: number) {
    this.#kept = Math.max(headerBytes, kept);
  }

  /** Between two messages. */
  get atBoundary(): boolean {
    return this.#come === 0 && !this.#broken;
  }

  /** A header announced less than itself: nothing behind it can be told apart any more. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** The messages that `chunk` completes. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length && !this.#broken) {
      if (this.#come < headerBytes) {
        at += this.#take(chunk, at, headerBytes - this.#come);
        if (this.#come < headerBytes) break;
        const header = Buffer.concat(this.#parts);
        this.#parts = [header];
        this.#length = header.readUInt32BE(0);
        if (this.#length < headerBytes) {
          this.#broken = true;
          frames.push({ code: header[4] ?? 0, type: header[5] ?? 0, length: this.#length, bytes: header });
          break;
        }
      }
      at += this.#take(chunk, at, this.#length - this.#come);
      if (this.#come === this.#length) frames.push(this.#finish());
    }
    return frames;
  }

  #take(chunk: Buffer, at: number, wanted: number): number {
    const taken = Math.min(wanted, chunk.length - at);
    const kept = Math.min(taken, this.#kept - this.#held);
    if (kept > 0) {
      this.#parts.push(Buffer.from(chunk.subarray(at, at + kept)));
      this.#held += kept;
    }
    this.#come += taken;
    return taken;
  }

  #finish(): Frame {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    const frame = { code: bytes[4] ?? 0, type: bytes[5] ?? 0, length: this.#length, bytes };
    this.#parts = [];
    this.#held = 0;
    this.#come = 0;
    return frame;
  }
}

/**
 * What a FortiGate wrote, whole messages, with every response to a challenge overwritten by zeros: it proves the password,
 * and can be tried against guesses of it. Gives a copy where there is one.
 */
export function withoutResponse(bytes: Buffer): Buffer {
  let at = 0;
  let clean = bytes;
  while (at + headerBytes <= bytes.length) {
    const end = Math.min(bytes.length, at + Math.max(headerBytes, bytes.readUInt32BE(at)));
    if (bytes[at + 4] === messageCodes.hello && bytes[at + 5] === elementTypes.container) {
      for (let child = at + headerBytes; child + headerBytes <= end; ) {
        const length = bytes.readUInt32BE(child);
        if (length < headerBytes) break;
        if (bytes[child + 4] === attributeCodes.proof) {
          if (clean === bytes) clean = Buffer.from(bytes);
          clean.fill(0, child + headerBytes, Math.min(end, child + length));
        }
        child += length;
      }
    }
    at = end;
  }
  return clean;
}
