import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../clock.ts';
import type { Entry, EntryChange } from '../../fsso/collector/entry.ts';
import type { CollectorEvent } from '../../fsso/collector/events.ts';
import { safeJsonLine } from '../../safe-json.ts';
import { logonsLine, type ToldLogon } from './logon-lines.ts';
import { collectorControlLimits as limits, type StatusDocument } from './protocol.ts';

/** What a stream tells beside the lines of the log. */
export interface Watched {
  /** Every entry as it is now. */
  readonly entries: readonly Entry[];
  told(entry: Entry): ToldLogon;
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
  /** The entries that there were at the beginning, until all of them were sent. */
  #first: readonly Entry[] | null = null;
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
    if (watched) this.#first = watched.entries;
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

  changed({ kind, entry }: EntryChange): void {
    this.#tell(entry.key, kind === 'logoff' ? null : entry);
  }

  /** What is known of an entry is newer, though nothing of it changed. */
  checked(entry: Entry): void {
    this.#tell(entry.key, entry);
  }

  #tell(key: string, entry: Entry | null): void {
    if (!this.#watched || this.#isOver) return;
    this.#changed.set(key, entry);
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
      const entries = this.#first.slice(this.#firstSent, this.#firstSent + limits.lineEntries);
      this.#firstSent += entries.length;
      if (entries.length > 0) yield this.#logons(entries);
      else {
        this.#first = null;
        yield `${safeJsonLine({ kind: 'complete', logons: this.#firstSent })}\n`;
      }
    }
    while (this.#changed.size > 0) yield this.#changes();
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

  /** What became of the entries that wait longest. */
  #changes(): string {
    const there: Entry[] = [];
    let gone = '';
    for (const [key, entry] of this.#changed.entries().take(limits.lineEntries)) {
      this.#changed.delete(key);
      if (entry !== null) there.push(entry);
      else {
        const [ip = '', session = '0'] = key.split('|');
        gone += `${safeJsonLine({ kind: 'logoff', ip, session: Number(session) })}\n`;
      }
    }
    return there.length > 0 ? gone + this.#logons(there) : gone;
  }

  #logons(entries: readonly Entry[]): string {
    const watched = this.#watched as Watched;
    return `${safeJsonLine(logonsLine(entries.map((entry) => watched.told(entry))))}\n`;
  }
}
