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

/** Where the bytes are of an element that can be taken: all of them, unless only the beginning is wanted. */
interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const nothing: Buffer = Buffer.alloc(0);

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
  #held: Buffer = nothing;
  #heldLength = 0;
  #chunk: Buffer = nothing;
  /** Bytes of the chunk that were read. */
  #at = 0;
  /** What was read together with a message and is handed on behind it. */
  readonly #behind: Message[] = [];

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
    this.#chunk = chunk;
    this.#at = 0;
    try {
      for (let message = this.#next(); message !== null; message = this.#next()) yield message;
    } catch (error) {
      if (error instanceof DecodeError) this.#failure = error;
      throw error;
    } finally {
      this.#chunk = nothing;
    }
  }

  /** The next message, or null where the rest of the chunk has no whole one. */
  #next(): Message | null {
    for (;;) {
      if (this.#behind.length > 0) return this.#behind.shift() as Message;
      if (this.#skip !== null) {
        const { message } = this.#skip;
        if (!this.#skipped(this.#skip)) return null;
        return message;
      }
      if (this.#bulk?.left === 0) return this.#endBulk(this.#bulk);
      // Waiting for a whole header here would take bytes of the next message.
      if (this.#bulk !== null && this.#bulk.left < headerBytes)
        throw new DecodeError('overrun', this.#taken, 'element header overruns its parent');
      const piece = this.#piece();
      if (piece === null) return null;
      const message = this.#take(piece);
      if (message !== null) return message;
    }
  }

  /** True when what is to be skipped is behind us. */
  #skipped(skip: OpenSkip): boolean {
    const skipped = Math.min(skip.left, this.#chunk.length - this.#at);
    this.#at += skipped;
    this.#taken += skipped;
    skip.left -= skipped;
    if (skip.left > 0) return false;
    this.#skip = null;
    return true;
  }

  /**
   * What is next, or null until more comes. An element is read where it lies when the chunk has all of it; only one that is
   * cut in two is copied.
   */
  #piece(): Piece | null {
    if (this.#heldLength === 0) {
      const room = this.#chunk.length - this.#at;
      if (room === 0) return null;
      const wanted = room < headerBytes ? headerBytes : this.#wanted(this.#chunk, this.#at);
      if (room >= wanted) {
        this.#at += wanted;
        return { bytes: this.#chunk, start: this.#at - wanted, end: this.#at };
      }
    }
    if (!this.#hold(headerBytes)) return null;
    const wanted = this.#wanted(this.#held, 0);
    if (!this.#hold(wanted)) return null;
    const held = this.#held;
    this.#heldLength = 0;
    if (held.length > this.#limits.beforeHello) this.#held = nothing;
    return { bytes: held, start: 0, end: wanted };
  }

  /** Copies bytes of the chunk until `wanted` are held; the memory grows with what came, not with what was announced. */
  #hold(wanted: number): boolean {
    const copied = Math.min(wanted - this.#heldLength, this.#chunk.length - this.#at);
    if (copied > 0) {
      const length = this.#heldLength + copied;
      if (length > this.#held.length) {
        const grown = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(length, 2 * this.#held.length)));
        this.#held.copy(grown, 0, 0, this.#heldLength);
        this.#held = grown;
      }
      this.#chunk.copy(this.#held, this.#heldLength, this.#at, this.#at + copied);
      this.#heldLength = length;
      this.#at += copied;
    }
    return this.#heldLength >= wanted;
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

  /** Takes a message, the header of a BULK, one child of it, or the start of an unknown one. Null: nothing to hand on yet. */
  #take({ bytes, start, end }: Piece): Message | null {
    const length = bytes.readUInt32BE(start);
    const code = bytes[start + 4] as number;
    const bulk = this.#bulk;
    let message: Message | null = null;
    if (bulk === null && !messagesFrom[this.#from].has(code)) {
      this.#tally.unknown++;
      const kept = Buffer.from(bytes.subarray(start, end));
      this.#skip = { left: length - kept.length, message: { kind: 'unknown', code, bytes: kept, length } };
    } else if (bulk === null && code === messageCodes.bulk) {
      const extras = new Extras(this.#limits, this.#tally);
      this.#bulk = { left: length - headerBytes, started: false, sync: 0, extras };
    } else {
      const element = new ElementCursor(bytes, start, end, this.#taken - start);
      element.next();
      message = bulk === null ? this.#message(element) : this.#ofBulk(bulk, element);
    }
    this.#taken += end - start;
    return message;
  }

  #message(frame: ElementCursor): Message {
    const [message, ...behind] = readMessage(frame, this.#limits, this.#tally);
    if (frame.code === messageCodes.hello) this.#helloSeen = true;
    this.#behind.push(...behind);
    return message;
  }

  #ofBulk(bulk: OpenBulk, child: ElementCursor): Message | null {
    bulk.left -= child.end - child.start + headerBytes;
    if (child.code !== attribute.record || child.type !== elementTypes.container) {
      this.#keepOfBulk(bulk, child);
      return null;
    }
    const record = this.#record(child);
    if (bulk.started) return record;
    this.#behind.push(record);
    return this.#startBulk(bulk);
  }

  #endBulk(bulk: OpenBulk): Message {
    const start = bulk.started ? null : this.#startBulk(bulk);
    const end: Message = { kind: 'bulk-end', extra: bulk.extras.list };
    this.#bulk = null;
    if (start === null) return end;
    this.#behind.push(end);
    return start;
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
