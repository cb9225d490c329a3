import type { Socket } from 'node:net';
import { encodeBulk, type LogonRecord } from '../wire/messages.ts';
import { firstSync, mostRecordsPerBulk } from '../wire/profile.ts';
import type { EventBatch } from './event-batch.ts';
import type { OutputLimits } from './limits.ts';

/** A message of this FortiGate's own, or events that others are sent too and the number of the first of them. */
type Outgoing = Buffer | { readonly batch: EventBatch; readonly sync: number };

type BulkDone = (records: number, frames: number) => void;

interface Bulk {
  readonly records: Iterator<LogonRecord>;
  readonly done: BulkDone;
  sent: number;
  frames: number;
}

/**
 * What one FortiGate is still to be sent, in order. What it does not read waits here and is shared with others; the system
 * is given no more than it takes. A bulk is encoded frame by frame as the FortiGate reads it, and nothing comes between
 * its frames, because anything that did would end it (docs/protocol/fsso.md, Resync).
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #limits: OutputLimits;
  readonly #overflowed: () => void;
  readonly #beforeWrite: () => void;
  #sync: number = firstSync.collector;
  #queue: Outgoing[] = [];
  #queuedBytes = 0;
  #turn: NodeJS.Immediate | null = null;
  #bulk: Bulk | null = null;
  /** What happened while the bulk was under way. */
  #behindBulk: EventBatch[] = [];
  #eventsBehindBulk = 0;
  #finish: (() => void) | null = null;
  #stopped = false;

  /**
   * @param overflowed called once when the FortiGate reads so slowly that the limits are reached
   * @param beforeWrite called before each write, which then may tell of everything that has happened
   */
  constructor(
    socket: Socket,
    limits: OutputLimits,
    { overflowed, beforeWrite }: { overflowed: () => void; beforeWrite: () => void },
  ) {
    this.#socket = socket;
    this.#limits = limits;
    this.#overflowed = overflowed;
    this.#beforeWrite = beforeWrite;
    socket.on('drain', () => this.#write());
  }

  /** Bytes that wait for the FortiGate. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength;
  }

  get isSendingBulk(): boolean {
    return this.#bulk !== null;
  }

  /** Sends a message with the next sequence number. Not while a bulk is under way. */
  send(encode: (sync: number) => Buffer): void {
    this.#sync += 1;
    this.answer(encode(this.#sync));
  }

  /** Sends a message that carries somebody else's sequence number. Not while a bulk is under way. */
  answer(frame: Buffer): void {
    if (this.#add(frame, frame.length)) this.#turn ??= setImmediate(() => this.#write());
  }

  /** Sends events that others may be sent too, at once; behind the bulk where one is under way. */
  events(batch: EventBatch): void {
    if (this.#stopped) return;
    if (this.#bulk) {
      this.#behindBulk.push(batch);
      this.#eventsBehindBulk += batch.count;
      if (this.#eventsBehindBulk > this.#limits.queuedEvents) this.#overflow();
      return;
    }
    if (this.#addBatch(batch)) this.#write();
  }

  /** Sends these records as a bulk. Not while another one is under way. */
  bulk(records: Iterator<LogonRecord>, done: BulkDone): void {
    if (this.#stopped) return;
    this.#bulk = { records, sent: 0, frames: 0, done };
    this.#write();
  }

  /** Ends the connection behind what is queued, the rest of a bulk included. */
  finish(): void {
    this.#finish = () => this.#socket.end();
    this.#write();
  }

  /** Drops what is queued. */
  stop(): void {
    this.#stopped = true;
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#behindBulk = [];
    this.#bulk = null;
  }

  #addBatch(batch: EventBatch): boolean {
    const sync = this.#sync + 1;
    this.#sync += batch.count;
    return this.#add({ batch, sync }, batch.length);
  }

  /** False where it is not taken any more. */
  #add(outgoing: Outgoing, bytes: number): boolean {
    if (this.#stopped) return false;
    this.#queue.push(outgoing);
    this.#queuedBytes += bytes;
    if (this.queuedBytes > this.#limits.queuedBytes) this.#overflow();
    return !this.#stopped;
  }

  /** Writes as much as the system takes; the drain event goes on. */
  #write(): void {
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
    if (this.#stopped) return;
    const socket = this.#socket;
    // The FortiGate may have closed since.
    if (!socket.writable) {
      this.stop();
      return;
    }
    let written = 0;
    if (this.#queue.length > 0 && !socket.writableNeedDrain) {
      this.#beforeWrite();
      for (const outgoing of this.#queue) {
        if (socket.writableNeedDrain) break;
        this.#writeOne(outgoing);
        written += 1;
      }
      if (written === this.#queue.length) this.#queue = [];
      else this.#queue.splice(0, written);
    }
    if (this.#queue.length > 0) return;
    if (this.#bulk) this.#nextBulkFrame(this.#bulk);
    else if (this.#finish) {
      this.#finish();
      this.stop();
    }
  }

  #writeOne(outgoing: Outgoing): void {
    const socket = this.#socket;
    if (Buffer.isBuffer(outgoing)) {
      this.#queuedBytes -= outgoing.length;
      socket.write(outgoing);
      return;
    }
    const { batch, sync } = outgoing;
    this.#queuedBytes -= batch.length;
    socket.write(batch.numbered(sync));
    // The system took a copy, or else the socket holds the bytes until it does.
    if (socket.writableLength > 0) batch.giveAway();
  }

  #nextBulkFrame(bulk: Bulk): void {
    if (this.#socket.writableNeedDrain) return;
    const records: LogonRecord[] = [];
    let bytes = 0;
    let ended = false;
    while (records.length < mostRecordsPerBulk && bytes < this.#limits.bulkFrameBytes) {
      const next = bulk.records.next();
      if (next.done) {
        ended = true;
        break;
      }
      records.push(next.value);
      bytes += 128 + next.value.groups.length + 4 * next.value.portRanges.length;
    }
    // A table without entries is a frame without records; otherwise a frame without records says nothing.
    if (records.length > 0 || bulk.frames === 0) {
      this.#sync += 1;
      bulk.sent += records.length;
      bulk.frames += 1;
      this.#beforeWrite();
      this.#socket.write(encodeBulk(this.#sync, records));
    }
    if (ended) this.#endBulk(bulk);
    // Datagrams are read between two frames; behind a slow FortiGate the drain event goes on.
    else if (!this.#socket.writableNeedDrain) this.#turn ??= setImmediate(() => this.#write());
  }

  #endBulk(bulk: Bulk): void {
    this.#bulk = null;
    const batches = this.#behindBulk;
    this.#behindBulk = [];
    this.#eventsBehindBulk = 0;
    for (const batch of batches) this.#addBatch(batch);
    bulk.done(bulk.sent, bulk.frames);
    this.#write();
  }

  #overflow(): void {
    this.stop();
    this.#overflowed();
  }
}
