import { checkLength, DecodeError, ElementCursor, headerBytes } from './element.ts';
import type { Message } from './messages.ts';
import {
  attributeCodes as attribute,
  defaultLimits,
  elementTypes,
  type Limits,
  messageCodes,
  messagesFrom,
  type Sender,
} from './profile.ts';
import { Extras, emptyTally, readMessage, readRecord, type Tally, unknownMessage } from './reading.ts';

/** A BULK whose records are being handed on; `left` counts the bytes of the frame that are still to come. */
interface OpenBulk {
  left: number;
  started: boolean;
  sync: number;
  extras: Extras;
}

/** An unknown message whose bytes beyond those kept are being skipped. */
interface OpenSkip {
  left: number;
  message: Message & { kind: 'unknown' };
}

/**
 * Reads one direction of a TCP 8000 stream, however it is split (docs/protocol/fsso.md, Elements and Messages). It holds
 * at most one unfinished element: a frame, or one record of a BULK. `from` is the side that wrote the stream.
 */
export class MessageDecoder {
  readonly #from: Sender;
  readonly #limits: Limits;
  readonly #tally: Tally = emptyTally();
  #helloSeen = false;
  #bulk: OpenBulk | null = null;
  #skip: OpenSkip | null = null;
  #failure: DecodeError | null = null;
  /** Bytes taken from the stream so far, for the offset of an error. */
  #taken = 0;
  #held: Buffer = Buffer.alloc(0);
  #heldLength = 0;

  constructor(from: Sender, limits: Partial<Limits> = {}) {
    this.#from = from;
    this.#limits = { ...defaultLimits[from], ...limits };
  }

  /** Messages and records that could not be read and were handed on as `unknown`. */
  get unknown(): number {
    return this.#tally.unknown;
  }

  /** Everything that was met and put up with. */
  get tally(): Readonly<Tally> {
    return this.#tally;
  }

  /** Bytes of memory held for an element that is not complete, its unused room included. */
  get buffered(): number {
    return this.#held.length + (this.#skip?.message.bytes.length ?? 0);
  }

  /** True between messages: a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return this.#heldLength === 0 && this.#bulk === null && this.#skip === null;
  }

  /**
   * The messages that `chunk` completes, one at a time. Run it to its end before the next push. The messages share no
   * memory with the chunk. Throws DecodeError, and the same one again on each later push, for the stream has lost its framing.
   */
  *push(chunk: Buffer): Generator<Message> {
    if (this.#failure !== null) throw this.#failure;
    try {
      yield* this.#read(chunk);
    } catch (error) {
      if (error instanceof DecodeError) this.#failure = error;
      throw error;
    }
  }

  *#read(chunk: Buffer): Generator<Message> {
    let at = 0;
    for (;;) {
      if (this.#skip !== null) {
        const skipped = Math.min(this.#skip.left, chunk.length - at);
        at += skipped;
        this.#taken += skipped;
        this.#skip.left -= skipped;
        if (this.#skip.left > 0) return;
        const { message } = this.#skip;
        this.#skip = null;
        yield message;
      }
      if (this.#bulk !== null && this.#bulk.left === 0) {
        const bulk = this.#bulk;
        if (!bulk.started) yield this.#startBulk(bulk);
        this.#bulk = null;
        yield { kind: 'bulk-end', extra: bulk.extras.list };
        continue;
      }
      // Waiting for a whole header here would take bytes of the next message.
      if (this.#bulk !== null && this.#bulk.left < headerBytes)
        throw new DecodeError('overrun', this.#taken, 'element header overruns its parent');
      // An element is read where it lies when the chunk has all of it; only one that is cut in two is copied.
      if (this.#heldLength === 0) {
        const room = chunk.length - at;
        if (room === 0) return;
        const wanted = room < headerBytes ? headerBytes : this.#wanted(chunk, at);
        if (room >= wanted) {
          at += wanted;
          yield* this.#take(chunk, at - wanted, wanted);
          continue;
        }
      }
      at += this.#hold(chunk, at, headerBytes);
      if (this.#heldLength < headerBytes) return;
      const wanted = this.#wanted(this.#held, 0);
      at += this.#hold(chunk, at, wanted);
      if (this.#heldLength < wanted) return;
      const held = this.#held;
      this.#heldLength = 0;
      if (held.length > this.#limits.beforeHello) this.#held = Buffer.alloc(0);
      yield* this.#take(held, 0, wanted);
    }
  }

  /** Copies bytes from `chunk` until `wanted` are held; the memory grows with what came, not with what was announced. */
  #hold(chunk: Buffer, at: number, wanted: number): number {
    const copied = Math.min(wanted - this.#heldLength, chunk.length - at);
    if (copied <= 0) return 0;
    const length = this.#heldLength + copied;
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(length, 2 * this.#held.length)));
      this.#held.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldLength, at, at + copied);
    this.#heldLength = length;
    return copied;
  }

  /** Bytes of the element at `at` that have to be there before it can be taken; checks its header against the limits. */
  #wanted(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at);
    const limits = this.#limits;
    if (this.#bulk !== null) {
      checkLength(length, this.#bulk.left, this.#taken);
      this.#refuseBeyond(limits.record, length, 'record');
      return length;
    }
    checkLength(length, Number.POSITIVE_INFINITY, this.#taken);
    if (!this.#helloSeen) this.#refuseBeyond(limits.beforeHello, length, 'message before the hello');
    this.#refuseBeyond(limits.frame, length, 'message');
    if (bytes[at + 5] !== elementTypes.container)
      throw new DecodeError('not-a-container', this.#taken, `message has type ${bytes[at + 5]}`);
    const code = bytes[at + 4] as number;
    if (!messagesFrom[this.#from].has(code))
      return Math.min(length, Math.max(limits.unknownKept, headerBytes));
    if (code === messageCodes.bulk) return headerBytes;
    this.#refuseBeyond(limits.held, length, 'message');
    return length;
  }

  #refuseBeyond(limit: number, length: number, what: string): void {
    if (length > limit)
      throw new DecodeError('too-long', this.#taken, `${what} of ${length} bytes, the limit is ${limit}`);
  }

  /** Takes the `wanted` bytes at `at`: a message, the header of a BULK, one child of it, or the start of an unknown one. */
  *#take(bytes: Buffer, at: number, wanted: number): Generator<Message> {
    const length = bytes.readUInt32BE(at);
    const origin = this.#taken - at;
    const bulk = this.#bulk;
    if (bulk !== null) {
      const child = new ElementCursor(bytes, at, at + wanted, origin);
      child.next();
      bulk.left -= wanted;
      if (child.code === attribute.record && child.type === elementTypes.container) {
        if (!bulk.started) yield this.#startBulk(bulk);
        yield this.#record(child);
      } else this.#keepOfBulk(bulk, child);
      this.#taken += wanted;
      return;
    }
    const code = bytes[at + 4] as number;
    if (!messagesFrom[this.#from].has(code)) {
      this.#tally.unknown++;
      const kept = Buffer.from(bytes.subarray(at, at + wanted));
      this.#taken += wanted;
      this.#skip = { left: length - wanted, message: { kind: 'unknown', code, bytes: kept, length } };
    } else if (code === messageCodes.bulk) {
      this.#taken += wanted;
      const extras = new Extras(this.#limits, this.#tally);
      this.#bulk = { left: length - headerBytes, started: false, sync: 0, extras };
    } else {
      const frame = new ElementCursor(bytes, at, at + wanted, origin);
      frame.next();
      const messages = readMessage(frame, this.#limits, this.#tally);
      this.#taken += wanted;
      if (code === messageCodes.hello) this.#helloSeen = true;
      yield* messages;
    }
  }

  /** What is no record is an attribute of the frame. */
  #keepOfBulk(bulk: OpenBulk, child: ElementCursor): void {
    if (child.isInteger && child.code === attribute.sync && !bulk.started) bulk.sync = child.integer;
    else if (!child.isInteger || (child.code !== attribute.bulkFirst && child.code !== attribute.bulkSecond))
      bulk.extras.keep(child, 2);
  }

  #record(container: ElementCursor): Message {
    const record = readRecord(container, this.#limits, this.#tally);
    return record === null
      ? unknownMessage(container, this.#limits, this.#tally)
      : { kind: 'bulk-record', record };
  }

  #startBulk(bulk: OpenBulk): Message {
    const { sync, extras } = bulk;
    bulk.started = true;
    bulk.extras = new Extras(this.#limits, this.#tally);
    return { kind: 'bulk-start', sync, extra: extras.list };
  }
}
