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
}

export type FlushListener<T> = (flush: Flush<T>) => void;

/**
 * A table that takes thousands of changes a second and shows them a few times a second: `put` and `remove` only note
 * what is to come, `flush` applies it and counts `version` up once. Screens select `version` and read their window; no
 * change of a row reaches React by itself.
 *
 * A row is replaced and never altered after its flush, so that a sorted index may keep the rows it was ordered by and
 * stays searchable whatever happens meanwhile.
 */
export interface Rows<T extends { readonly id: string }> {
  /** Notes the row as it is now, instead of what was noted for it before. The object stays the caller's. */
  put(row: T): void;
  remove(id: string): void;
  /** Applies what was noted. True when anything changed. */
  flush(): boolean;
  /** The row as of the last flush. */
  get(id: string): T | undefined;
  /** All rows as of the last flush, oldest first. */
  values(): Iterable<T>;
  readonly size: number;
  /** Rows noted and not yet applied. */
  readonly pending: number;
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
  let pending = new Map<string, T | null>();
  const version = createStore(() => ({ version: 0 }));
  const listeners = new Set<FlushListener<T>>();

  function applyPending(): RowChange<T>[] {
    const noted = pending;
    pending = new Map();
    const changes: RowChange<T>[] = [];
    for (const [id, after] of noted) {
      const before = rows.get(id) ?? null;
      if (after !== null) rows.set(id, after);
      else if (before !== null) rows.delete(id);
      else continue;
      changes.push({ id, before, after });
    }
    return changes;
  }

  return {
    put: (row) => void pending.set(row.id, { ...row }),
    remove(id) {
      if (rows.has(id)) pending.set(id, null);
      else pending.delete(id);
    },
    flush() {
      const flush = { changes: pending.size === 0 ? [] : applyPending(), now: clock.now() };
      for (const listener of listeners) listener(flush);
      if (flush.changes.length === 0) return false;
      version.setState((state) => ({ version: state.version + 1 }));
      return true;
    },
    get: (id) => rows.get(id),
    values: () => rows.values(),
    get size() {
      return rows.size;
    },
    get pending() {
      return pending.size;
    },
    version,
    onFlush(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
