import { syncOffset } from '../wire/messages.ts';

/**
 * EVENT frames one behind the other, which several FortiGates are sent: encoded once, and shared by all whom they wait
 * for. Only the sequence numbers are each one's own; they are written into the bytes just before these are.
 */
export class EventBatch {
  #bytes: Buffer;
  /** Somebody else holds the bytes: whoever comes next needs a copy. */
  #isGivenAway = false;
  /** Where each frame begins. */
  readonly #starts: readonly number[];

  /** Takes frames of any sequence number; there is at least one. */
  constructor(frames: readonly Buffer[]) {
    const starts: number[] = [];
    let length = 0;
    for (const frame of frames) {
      starts.push(length);
      length += frame.length;
    }
    this.#starts = starts;
    this.#bytes = Buffer.concat(frames, length);
  }

  /** Events in it. */
  get count(): number {
    return this.#starts.length;
  }

  /** Bytes of all frames. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Bytes of each frame. */
  get frameLengths(): number[] {
    return this.#starts.map((start, index) => (this.#starts[index + 1] ?? this.length) - start);
  }

  /** The bytes with rising sequence numbers. They hold until the next call, or for good after `giveAway`. */
  numbered(first: number): Buffer {
    if (this.#isGivenAway) this.#bytes = Buffer.from(this.#bytes);
    this.#isGivenAway = false;
    const bytes = this.#bytes;
    let sync = first;
    for (const start of this.#starts) {
      bytes.writeUInt32BE(sync, start + syncOffset);
      sync += 1;
    }
    return bytes;
  }

  /** Whoever got the bytes last keeps them: the system has not taken them yet. */
  giveAway(): void {
    this.#isGivenAway = true;
  }
}
