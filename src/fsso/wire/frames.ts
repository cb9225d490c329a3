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
  /** Records in it, where it is a BULK and they are counted. */
  readonly records: number;
}

/** Bytes of a message up to the end of its sequence number, which stands first in every message. */
export const syncBytes = headerBytes + headerBytes + 4;

/**
 * The number that its sender gave a message; null where there is none. An authentication result has that of the other side, and
 * an event of which the number is 0 has none.
 */
export function syncOf({ code, bytes }: Pick<Frame, 'code' | 'bytes'>): number | null {
  if (bytes.length < syncBytes || bytes[headerBytes + 4] !== attributeCodes.sync) return null;
  if (bytes.readUInt32BE(headerBytes) !== headerBytes + 4 || code === messageCodes.authResult) return null;
  const sync = bytes.readUInt32BE(2 * headerBytes);
  return code === messageCodes.event && sync === 0 ? null : sync;
}

/** Counts the records of a BULK as it passes, however it is split, and holds none of them. */
class RecordCount {
  records = 0;
  #left = 0;
  #isBroken = false;
  readonly #header = Buffer.alloc(headerBytes);
  #have = 0;

  /** Bytes of the BULK behind its own header. */
  push(chunk: Buffer, start: number, end: number): void {
    for (let at = start; at < end && !this.#isBroken; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, end - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(headerBytes - this.#have, end - at);
      chunk.copy(this.#header, this.#have, at, at + taken);
      this.#have += taken;
      at += taken;
      if (this.#have === headerBytes) this.#child();
    }
  }

  #child(): void {
    const length = this.#header.readUInt32BE(0);
    this.#have = 0;
    this.#isBroken = length < headerBytes;
    this.#left = length - headerBytes;
    if (this.#header[4] === attributeCodes.record) this.records += 1;
  }
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
  readonly #counts: boolean;
  #count: RecordCount | null = null;

  constructor(kept: number, { countsRecords = false } = {}) {
    this.#kept = Math.max(headerBytes, kept);
    this.#counts = countsRecords;
  }

  /** Between two messages. */
  get atBoundary(): boolean {
    return this.#come === 0 && !this.#broken;
  }

  /** What came of a message that is not complete, and how many bytes that were; null between two messages. */
  get unfinished(): { frame: Frame; come: number } | null {
    if (this.atBoundary || this.#broken) return null;
    return { frame: this.#frame(Buffer.concat(this.#parts)), come: this.#come };
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
      const whole = this.#come === 0 ? this.#wholeAt(chunk, at) : null;
      if (whole !== null) {
        frames.push(whole);
        at += whole.length;
        continue;
      }
      if (this.#come < headerBytes) {
        at += this.#take(chunk, at, headerBytes - this.#come);
        if (this.#come < headerBytes) break;
        const header = Buffer.concat(this.#parts);
        this.#parts = [header];
        this.#length = header.readUInt32BE(0);
        if (this.#length < headerBytes) {
          this.#broken = true;
          frames.push(this.#frame(header));
          break;
        }
        const isCounted = this.#counts && header[4] === messageCodes.bulk;
        this.#count = isCounted ? new RecordCount() : null;
      }
      const taken = this.#take(chunk, at, this.#length - this.#come);
      this.#count?.push(chunk, at, at + taken);
      at += taken;
      if (this.#come === this.#length) frames.push(this.#finish());
    }
    return frames;
  }

  /** A message that lies in the chunk with all its bytes, as nearly every one does: one copy, and nothing is held. */
  #wholeAt(chunk: Buffer, at: number): Frame | null {
    if (chunk.length - at < headerBytes) return null;
    const length = chunk.readUInt32BE(at);
    const code = chunk[at + 4] ?? 0;
    const isCounted = this.#counts && code === messageCodes.bulk;
    if (length < headerBytes || length > chunk.length - at || isCounted) return null;
    const bytes = Buffer.from(chunk.subarray(at, at + Math.min(length, this.#kept)));
    return { code, type: chunk[at + 5] ?? 0, length, bytes, records: 0 };
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
    const frame = this.#frame(bytes);
    this.#parts = [];
    this.#held = 0;
    this.#come = 0;
    this.#length = 0;
    this.#count = null;
    return frame;
  }

  #frame(bytes: Buffer): Frame {
    const records = this.#count?.records ?? 0;
    return { code: bytes[4] ?? 0, type: bytes[5] ?? 0, length: this.#length, bytes, records };
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
