import { createHash } from 'node:crypto';
import type { LogEvent, LogExtent, LogReader } from '../../../windows/reading.ts';

/** How far a log has been read, and a record by which the same log is known again. */
export interface Bookmark {
  /** The last record that was looked at. */
  readonly record: number;
  /** Null where there was none to remember. */
  readonly anchor: { readonly record: number; readonly digest: string; readonly time: number } | null;
}

export interface LogFollowerOptions {
  readonly ids: ReadonlySet<number>;
  /** Milliseconds before now that a log without a bookmark is read from. */
  historyMs(): number;
  /** Milliseconds: what happened longer ago is of no use, also behind a bookmark. */
  readonly usefulMs: number;
}

/** What one poll did. */
export interface LogPoll {
  readonly extent: LogExtent;
  /** Events that were handed on, and records from bookmark to bookmark. */
  readonly events: number;
  readonly records: number;
  /** Records that were overwritten before they were read. */
  readonly lost: number;
  /** Records in a form that cannot be read. */
  readonly unreadable: number;
  /** The log is not the one that the bookmark was of: somebody cleared it. */
  readonly cleared: boolean;
  /** Records that are left for the next poll. */
  readonly behind: number;
  /** Time of the last event that was read, by the machine's clock; null where there was none. */
  readonly lastEvent: number | null;
}

/** Records that one poll takes; a log that is further ahead is caught up with in several. */
export const mostRecordsOfPoll = 50_000;

/**
 * Follows one event log from poll to poll without missing a record and without reading one twice, over restarts, wraps and
 * clears (docs/protocol/windows.md, Polling).
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  #bookmark: Bookmark | null;
  #isFirst = true;

  /** @param bookmark where an earlier run ended; null: nowhere */
  constructor(options: LogFollowerOptions, bookmark: Bookmark | null) {
    this.#options = options;
    this.#bookmark = bookmark;
  }

  get bookmark(): Bookmark | null {
    return this.#bookmark;
  }

  /**
   * Reads what is new and hands it on, the oldest first; the bookmark goes on only behind what `take` has taken. Rejects with
   * what the reader rejects with, and then the next poll goes on from where this one came to.
   * @param now milliseconds since the epoch by the machine's clock
   */
  async poll(
    reader: LogReader,
    now: number,
    take: (events: readonly LogEvent[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<LogPoll> {
    const extent = await reader.extent(signal);
    const cleared = await this.#isCleared(reader, extent, signal);
    const begin = await this.#begin(reader, extent, cleared, now, signal);
    const last = Math.min(extent.newest, begin.from + mostRecordsOfPoll - 1);
    let events = 0;
    let unreadable = 0;
    let lastEvent: number | null = null;
    for (let from = begin.from; from <= last; ) {
      const reading = await reader.read({ from, to: last, ids: this.#options.ids }, signal);
      signal.throwIfAborted();
      unreadable += reading.unreadable ?? 0;
      if (reading.events.length > 0) {
        await take(reading.events);
        const newest = reading.events.at(-1) as LogEvent;
        lastEvent = newest.time;
        events += reading.events.length;
        this.#bookmark = { record: reading.readTo, anchor: anchorOf(newest) };
      } else this.#bookmark = { record: reading.readTo, anchor: this.#bookmark?.anchor ?? null };
      // A reader that stands still would be asked for ever.
      if (reading.readTo < from) break;
      from = reading.readTo + 1;
    }
    this.#isFirst = false;
    const record = this.#bookmark?.record ?? extent.newest;
    return {
      extent,
      events,
      records: Math.max(0, record + 1 - begin.from),
      lost: begin.lost,
      unreadable,
      cleared,
      behind: Math.max(0, extent.newest - record),
      lastEvent,
    };
  }

  async #isCleared(reader: LogReader, extent: LogExtent, signal: AbortSignal): Promise<boolean> {
    const bookmark = this.#bookmark;
    if (bookmark === null) return false;
    if (extent.newest < bookmark.record) return true;
    const { anchor } = bookmark;
    if (anchor === null || anchor.record < extent.oldest) return false;
    const found = await reader.at(anchor.record, signal);
    return found === null || digestOf(found) !== anchor.digest;
  }

  /** The first record that is to be read, and how many before it were missed. */
  async #begin(
    reader: LogReader,
    extent: LogExtent,
    cleared: boolean,
    now: number,
    signal: AbortSignal,
  ): Promise<{ from: number; lost: number }> {
    const { usefulMs } = this.#options;
    if (this.#bookmark === null) {
      const from = await firstSince(
        reader,
        extent,
        now - Math.min(this.#options.historyMs(), usefulMs),
        signal,
      );
      const before = from > extent.oldest ? await reader.at(from - 1, signal) : null;
      this.#bookmark = { record: from - 1, anchor: before && anchorOf(before) };
      return { from, lost: 0 };
    }
    if (cleared) {
      this.#bookmark = { record: extent.oldest - 1, anchor: null };
      return { from: extent.oldest, lost: 0 };
    }
    const next = this.#bookmark.record + 1;
    const since = now - usefulMs;
    if (this.#isFirst && this.#bookmark.anchor !== null && this.#bookmark.anchor.time < since) {
      const from = Math.max(next, await firstSince(reader, extent, since, signal));
      this.#bookmark = { ...this.#bookmark, record: from - 1 };
      return { from, lost: 0 };
    }
    if (next >= extent.oldest) return { from: next, lost: 0 };
    // A log that was cleared may begin anywhere: only behind a record that was read is it known what is missing.
    const lost = this.#bookmark.anchor === null ? 0 : extent.oldest - next;
    this.#bookmark = { ...this.#bookmark, record: extent.oldest - 1 };
    return { from: extent.oldest, lost };
  }
}

/**
 * The first record that is not older than a time: records stand in the order of time, nearly. From the newest back in growing
 * steps and then by halving, because what is wanted is near the end, and some machines take long for each record.
 */
async function firstSince(
  reader: LogReader,
  { oldest, newest }: LogExtent,
  time: number,
  signal: AbortSignal,
): Promise<number> {
  // Some machines tell whole seconds only.
  const since = Math.floor(time / 1000) * 1000;
  const isOlder = async (record: number) => {
    const found = await reader.at(record, signal);
    // One that was overwritten meanwhile was older than those that are there.
    return found === null || found.time < since;
  };
  let low = oldest;
  let high = newest + 1;
  for (let step = 1; high > low; step *= 2) {
    const record = Math.max(oldest, high - step);
    if (await isOlder(record)) low = record + 1;
    else high = record;
    if (low > oldest) break;
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isOlder(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function anchorOf(event: LogEvent): NonNullable<Bookmark['anchor']> {
  return { record: event.record, digest: digestOf(event), time: event.time };
}

/** By what every way of reading a log tells alike: some tell whole seconds only. */
function digestOf({ record, id, time }: LogEvent): string {
  const text = `${record} ${id} ${Math.floor(time / 1000)}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
