import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../clock.ts';
import type { Entry, EntryChange } from '../../fsso/collector/entry.ts';
import type { CollectorEvent } from '../../fsso/collector/events.ts';
import { safeJsonLine } from '../../safe-json.ts';
import { type LogonDocument, collectorControlLimits as limits, type StatusDocument } from './protocol.ts';

/** What a stream tells beside the lines of the log. */
export interface Watched {
  /** Every entry as it is now. */
  readonly entries: readonly Entry[];
  document(entry: Entry): LogonDocument;
  status(): StatusDocument;
}

/**
 * One reader of what happens, a JSON object a line. What it has not read yet is bounded: of an entry only the last change
 * waits, of the log the newest lines, and a reader that is too far behind even so is told that and left.
 */
export class ControlStream {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #watched: Watched | null;
  /** What is still to be sent of the entries that there were at the beginning. */
  #first: Iterator<Entry> | null = null;
  #firstSent = 0;
  /** Entries that changed since, by address and session; null: ended. */
  #changed = new Map<string, Entry | null>();
  #events: { time: number; event: CollectorEvent }[] = [];
  #lost = 0;
  #statusDue = true;
  #isOver = false;
  readonly #timers: Timer[];

  /** `watched` is null where only the log is asked for. */
  constructor(response: ServerResponse, clock: Clock, watched: Watched | null) {
    this.#response = response;
    this.#clock = clock;
    this.#watched = watched;
    if (watched) this.#first = watched.entries.values();
    response.on('drain', () => this.#pump());
    response.on('error', () => {});
    response.on('close', () => this.#over());
    this.#timers = [clock.every(limits.gather, () => this.#pump())];
    if (watched)
      this.#timers.push(
        clock.every(limits.status, () => {
          this.#statusDue = true;
        }),
      );
    this.#pump();
  }

  changed(change: EntryChange): void {
    if (!this.#watched || this.#isOver) return;
    this.#changed.set(change.entry.key, change.kind === 'logoff' ? null : change.entry);
    if (this.#changed.size > limits.waitingEntries) this.#end('{"kind":"overflow"}\n');
  }

  event(event: CollectorEvent): void {
    // The entries say the same.
    if (this.#isOver || (this.#watched && (event.msg === 'logon' || event.msg === 'logoff'))) return;
    this.#events.push({ time: this.#clock.now(), event });
    if (this.#events.length <= limits.waitingLines) return;
    this.#events.shift();
    this.#lost += 1;
  }

  /** Ends it behind what waits, but for entries of the beginning. */
  finish(): void {
    this.#first = null;
    let rest = '';
    for (const line of this.#next()) rest += line;
    this.#end(rest);
  }

  #end(last: string): void {
    if (this.#isOver) return;
    this.#over();
    this.#response.end(last);
  }

  #over(): void {
    this.#isOver = true;
    for (const timer of this.#timers) timer.cancel();
    this.#changed.clear();
    this.#events = [];
    this.#first = null;
  }

  /** Sends what waits until the reader has enough, one piece in each turn of the event loop. */
  #pump(): void {
    if (this.#isOver || this.#response.writableNeedDrain) return;
    const piece = this.#piece();
    if (piece === '') return;
    if (this.#response.write(piece)) setImmediate(() => this.#pump());
  }

  #piece(): string {
    let piece = '';
    for (const line of this.#next()) {
      piece += line;
      if (piece.length >= limits.chunk) break;
    }
    return piece;
  }

  *#next(): Generator<string> {
    if (this.#statusDue && this.#watched) {
      this.#statusDue = false;
      yield `${safeJsonLine({ kind: 'status', status: this.#watched.status() })}\n`;
    }
    while (this.#first) {
      const { done, value } = this.#first.next();
      if (done) {
        this.#first = null;
        yield `${safeJsonLine({ kind: 'complete', logons: this.#firstSent })}\n`;
      } else {
        this.#firstSent += 1;
        yield this.#logon(value);
      }
    }
    for (const [key, entry] of this.#changed) {
      this.#changed.delete(key);
      if (entry !== null) yield this.#logon(entry);
      else {
        const [ip = '', session = '0'] = key.split('|');
        yield `${safeJsonLine({ kind: 'logoff', ip, session: Number(session) })}\n`;
      }
    }
    if (this.#lost > 0) {
      const events = this.#lost;
      this.#lost = 0;
      yield `${safeJsonLine({ kind: 'lost', events })}\n`;
    }
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const time = new Date(next.time).toISOString();
      yield `${safeJsonLine({ kind: 'event', time, ...next.event })}\n`;
    }
  }

  #logon(entry: Entry): string {
    return `${safeJsonLine({ kind: 'logon', logon: this.#watched?.document(entry) })}\n`;
  }
}
