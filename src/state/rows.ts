import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Clock } from '../clock.ts';

/** What one flush did to one row: `before` is null for a new row, `after` is null for one that went. */
export interface RowChange<T> {
  readonly id: string;
  readonly before: T | null;
  readonly after: T | null;
}

/** One flush as the views see it. `changes` may be empty: a view may still have an order to catch up with. */
export interface Flush<T> {
  readonly changes: readonly RowChange<T>[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A flush of many rows comes in parts; this is the first one of it. */
  readonly first: boolean;
  /** Nobody is to be told yet: a flush that is not quiet follows. */
  readonly quiet: boolean;
}

/** Returns true when it has more to do, and wants to be called again soon, be it without changes. */
export type FlushListener<T> = (flush: Flush<T>) => unknown;

export interface FlushOptions {
  /** Time of the clock, in milliseconds, after which what is left is left for the next flush. */
  readonly deadline?: number;
  /** `version` does not move: the next flush that is not quiet does that. */
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
  /** Applies what was noted, at least some of it, as far as the deadline allows. True when anything changed. */
  flush(options?: FlushOptions): boolean;
  /** The row as of the last flush. */
  get(id: string): T | undefined;
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

export function createRows<T extends { readonly id: string }>(clock: Pick<Clock, 'now'>): Rows<T> {
  const rows = new Map<string, T>();
  const pending = new Map<string, T | null>();
  // Goes on where it stood: what is noted meanwhile comes behind, and a new walk would step over all that was deleted.
  let noted = pending.entries();
  let unfinished = false;
  let untold = false;
  const version = createStore(() => ({ version: 0 }));
  const listeners = new Set<FlushListener<T>>();

  function applyPart(): RowChange<T>[] {
    const changes: RowChange<T>[] = [];
    while (changes.length < rowsPerPart) {
      const { done, value } = noted.next();
      if (done) {
        noted = pending.entries();
        break;
      }
      const [id, after] = value;
      pending.delete(id);
      const before = rows.get(id) ?? null;
      if (after !== null) rows.set(id, after);
      else if (before !== null) rows.delete(id);
      else continue;
      changes.push({ id, before, after });
    }
    return changes;
  }

  return {
    put: (row) => void pending.set(row.id, row),
    remove(id) {
      if (rows.has(id)) pending.set(id, null);
      else pending.delete(id);
    },
    clear() {
      pending.clear();
      for (const id of rows.keys()) pending.set(id, null);
    },
    flush({ deadline = Number.POSITIVE_INFINITY, quiet = false } = {}) {
      const now = clock.now();
      let changed = false;
      let first = true;
      do {
        const changes = applyPart();
        unfinished = pending.size > 0;
        for (const listener of listeners) {
          if (listener({ changes, now, first, quiet }) === true) unfinished = true;
        }
        if (changes.length > 0) changed = true;
        first = false;
      } while (unfinished && clock.now() < deadline);
      if (changed) untold = true;
      if (untold && !quiet) {
        untold = false;
        version.setState((state) => ({ version: state.version + 1 }));
      }
      return changed;
    },
    get: (id) => rows.get(id),
    values: () => rows.values(),
    get size() {
      return rows.size;
    },
    get pending() {
      return pending.size;
    },
    get unfinished() {
      return unfinished;
    },
    version,
    onFlush(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
