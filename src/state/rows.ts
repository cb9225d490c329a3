import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Clock } from '../clock.ts';
import { LongMap } from '../long-map.ts';

/** What one flush did to one row: `before` is null for a new row, `after` is null for one that went. */
export interface RowChange<T> {
  readonly id: string;
  readonly before: T | null;
  readonly after: T | null;
}

/**
 * One flush as the views see it, of many rows in parts. `changes` may be empty: a view may still have an order to catch up
 * with. No row comes twice in the parts of one flush.
 */
export interface Flush<T> {
  readonly changes: readonly RowChange<T>[];
  /** Rows that are still to come with this flush. */
  readonly left: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The first part since the time was looked at. */
  readonly first: boolean;
  /** Nobody is to be told yet: a flush that is not quiet follows. */
  readonly quiet: boolean;
}

/** Returns true when it has more to do: it is called again soon, be it without changes, and no other flush begins before. */
export type FlushListener<T> = (flush: Flush<T>) => unknown;

export interface FlushOptions {
  /** Time of the clock, in milliseconds, after which what is left is left for the next flush. */
  readonly deadline?: number;
  /** Only goes on with what the last flush left. `version` does not move: the next flush that is not quiet does that. */
  readonly quiet?: boolean;
}

// Rows applied before the time is looked at.
const rowsPerPart = 256;

/**
 * A table that takes thousands of changes a second and shows them a few times a second: `put` and `remove` only note
 * what is to come, `flush` applies it and counts `version` up once. Screens select `version` and read their window; no
 * change of a row reaches React by itself.
 *
 * A row is replaced and never altered after its flush, so that a sorted index may keep the rows it was ordered by and
 * stays searchable whatever happens meanwhile.
 */
export interface Rows<T extends { readonly id: string }> {
  /** Notes the row instead of what was noted for it before. It must not be altered any more. */
  put(row: T): void;
  remove(id: string): void;
  /** Notes that every row goes, and forgets what was noted. */
  clear(): void;
  /**
   * Applies what was noted, at least some of it, as far as the deadline allows; what it leaves, the next one goes on with.
   * What is noted meanwhile of other rows waits for a flush that is not quiet. True when anything changed.
   */
  flush(options?: FlushOptions): boolean;
  /** The row as of the last flush. */
  get(id: string): T | undefined;
  /** The row as it is to be after the next flush, and all of them. */
  latest(id: string): T | undefined;
  latestValues(): Iterable<T>;
  /** All rows as of the last flush, oldest first. */
  values(): Iterable<T>;
  readonly size: number;
  /** Rows noted and not yet applied. */
  readonly pending: number;
  /** The last flush had to leave something undone. */
  readonly unfinished: boolean;
  readonly version: StoreApi<{ version: number }>;
  /** Calls the listener at each flush, before `version` moves. Returns what ends it. */
  onFlush(listener: FlushListener<T>): () => void;
}

/** A table as a view reads it. */
export type ReadRows<T extends { readonly id: string }> = Pick<
  Rows<T>,
  'get' | 'values' | 'size' | 'version' | 'onFlush'
>;

/** A row as of the last flush, and as it is to be: null is none. The two differ while something is noted. */
interface Slot<T> {
  row: T | null;
  next: T | null;
}

export function createRows<T extends { readonly id: string }>(clock: Pick<Clock, 'now'>): Rows<T> {
  const slots = new LongMap<string, Slot<T>>();
  let size = 0;
  let noted: Slot<T>[] = [];
  /** How many of them came and went, so that nothing is to be done. */
  let idle = 0;
  /** What a flush under way took of it; from `at` on it is still to be applied. */
  let taken: Slot<T>[] = [];
  let at = 0;
  let isDue = false;
  let isBusy = false;
  let untold = false;
  const version = createStore(() => ({ version: 0 }));
  const listeners = new Set<FlushListener<T>>();

  function note(slot: Slot<T>, next: T | null): void {
    if (next === slot.next) return;
    if (slot.next === slot.row) noted.push(slot);
    slot.next = next;
  }

  function remove(id: string, slot: Slot<T>): void {
    note(slot, null);
    if (slot.row !== null) return;
    slots.delete(id);
    idle += 1;
    if (idle <= noted.length / 2) return;
    noted = noted.filter(({ row, next }) => row !== next);
    idle = 0;
  }

  function isUnfinished(): boolean {
    return at < taken.length || isBusy || (isDue && noted.length > 0);
  }

  /** Takes what was noted, where that is due and nothing else is under way. */
  function take(): void {
    if (!isDue || at < taken.length || isBusy) return;
    isDue = false;
    taken = noted;
    at = 0;
    noted = [];
    idle = 0;
  }

  function applyPart(): RowChange<T>[] {
    const changes: RowChange<T>[] = [];
    for (; at < taken.length && changes.length < rowsPerPart; at += 1) {
      const slot = taken[at] as Slot<T>;
      const { row: before, next: after } = slot;
      const id = (after ?? before)?.id;
      if (before === after || id === undefined) continue;
      slot.row = after;
      if (before === null) size += 1;
      if (after === null) {
        size -= 1;
        slots.delete(id);
      }
      changes.push({ id, before, after });
    }
    if (at === taken.length) {
      taken = [];
      at = 0;
    }
    return changes;
  }

  return {
    put(row) {
      let slot = slots.get(row.id);
      if (slot === undefined) {
        slot = { row: null, next: null };
        slots.add(row.id, slot);
      }
      note(slot, row);
    },
    remove(id) {
      const slot = slots.get(id);
      if (slot !== undefined) remove(id, slot);
    },
    clear() {
      for (const [id, slot] of slots) remove(id, slot);
    },
    flush({ deadline = Number.POSITIVE_INFINITY, quiet = false } = {}) {
      const now = clock.now();
      isDue ||= !quiet;
      let changed = false;
      let first = true;
      do {
        take();
        const changes = applyPart();
        const left = taken.length - at;
        isBusy = false;
        for (const listener of listeners) {
          if (listener({ changes, left, now, first, quiet }) === true) isBusy = true;
        }
        if (changes.length > 0) changed = true;
        first = false;
      } while (isUnfinished() && clock.now() < deadline);
      if (changed) untold = true;
      if (untold && !quiet) {
        untold = false;
        version.setState((state) => ({ version: state.version + 1 }));
      }
      return changed;
    },
    get: (id) => slots.get(id)?.row ?? undefined,
    latest: (id) => slots.get(id)?.next ?? undefined,
    *latestValues() {
      for (const { next } of slots.values()) if (next !== null) yield next;
    },
    *values() {
      for (const { row } of slots.values()) if (row !== null) yield row;
    },
    get size() {
      return size;
    },
    get pending() {
      return noted.length - idle + taken.length - at;
    },
    get unfinished() {
      return isUnfinished();
    },
    version,
    onFlush(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
