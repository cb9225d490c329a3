import type { Socket } from 'node:net';
import { encodeBulk, type LogonRecord, syncOffset } from '../wire/messages.ts';
import { firstSync, mostRecordsPerBulk } from '../wire/profile.ts';
import type { OutputLimits } from './limits.ts';

/** A frame to be sent, and the sequence number to put into it; null where it has its own already. */
interface Outgoing {
  readonly frame: Buffer;
  readonly sync: number | null;
}

type BulkDone = (records: number, frames: number) => void;

interface Bulk {
  readonly records: Iterator<LogonRecord>;
  readonly done: BulkDone;
  sent: number;
  frames: number;
}

/**
 * What one FortiGate is still to be sent, in order. Frames of one turn of the event loop leave in one write. A bulk is
 * encoded frame by frame as the FortiGate reads it, and nothing comes between its frames, because anything that did
 * would end it (docs/protocol/fsso.md, Resync).
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #limits: OutputLimits;
  readonly #overflowed: () => void;
  readonly #beforeWrite: () => void;
  #sync: number = firstSync.collector;
  #frames: Outgoing[] = [];
  #frameBytes = 0;
  #flushing = false;
  #bulk: Bulk | null = null;
  #events: Buffer[] = [];
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
    socket.on('drain', () => this.#nextBulkFrame());
  }

  /** Bytes that wait for the FortiGate. */
  get queuedBytes(): number {
    return this.#frameBytes + this.#socket.writableLength;
  }

  get isSendingBulk(): boolean {
    return this.#bulk !== null;
  }

  /** Sends a message with the next sequence number. Not while a bulk is under way. */
  send(encode: (sync: number) => Buffer): void {
    this.#sync += 1;
    this.#queue({ frame: encode(this.#sync), sync: null });
  }

  /** Sends a message that carries somebody else's sequence number. Not while a bulk is under way. */
  answer(frame: Buffer): void {
    this.#queue({ frame, sync: null });
  }

  #queue(outgoing: Outgoing): void {
    if (this.#stopped) return;
    this.#frames.push(outgoing);
    this.#frameBytes += outgoing.frame.length;
    if (this.queuedBytes > this.#limits.queuedBytes) {
      this.#overflow();
      return;
    }
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** Sends an EVENT, whose frame others may be sent too; behind the bulk where one is under way. */
  event(frame: Buffer): void {
    if (this.#stopped) return;
    if (!this.#bulk) {
      this.#sync += 1;
      this.#queue({ frame, sync: this.#sync });
      return;
    }
    this.#events.push(frame);
    if (this.#events.length > this.#limits.queuedEvents) this.#overflow();
  }

  /** Sends these records as a bulk. Not while another one is under way. */
  bulk(records: Iterator<LogonRecord>, done: BulkDone): void {
    if (this.#stopped) return;
    this.#flush();
    this.#bulk = { records, sent: 0, frames: 0, done };
    this.#nextBulkFrame();
  }

  /** Ends the connection behind what is queued, the rest of a bulk included. */
  finish(): void {
    this.#finish = () => this.#socket.end();
    this.#finishIfEmpty();
  }

  /** Drops what is queued. */
  stop(): void {
    this.#stopped = true;
    this.#frames = [];
    this.#frameBytes = 0;
    this.#events = [];
    this.#bulk = null;
  }

  #flush(): void {
    // The FortiGate may have closed since.
    if (!this.#socket.writable) this.stop();
    if (this.#frames.length > 0) {
      this.#beforeWrite();
      this.#socket.write(joined(this.#frames, this.#frameBytes));
      this.#frames = [];
      this.#frameBytes = 0;
    }
    this.#finishIfEmpty();
  }

  #finishIfEmpty(): void {
    if (!this.#finish || this.#stopped || this.#bulk || this.#frames.length > 0) return;
    this.#finish();
    this.stop();
  }

  #nextBulkFrame(): void {
    const bulk = this.#bulk;
    if (!bulk || this.#socket.writableNeedDrain || !this.#socket.writable) return;
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
    else if (!this.#socket.writableNeedDrain) setImmediate(() => this.#nextBulkFrame());
  }

  #endBulk(bulk: Bulk): void {
    this.#bulk = null;
    const events = this.#events;
    this.#events = [];
    for (const frame of events) this.event(frame);
    bulk.done(bulk.sent, bulk.frames);
    this.#finishIfEmpty();
  }

  #overflow(): void {
    this.stop();
    this.#overflowed();
  }
}

/** The frames one behind the other, each with its own sequence number: what several FortiGates share is never written to. */
function joined(frames: readonly Outgoing[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const { frame, sync } of frames) {
    frame.copy(bytes, at);
    if (sync !== null) bytes.writeUInt32BE(sync, at + syncOffset);
    at += frame.length;
  }
  return bytes;
}
