import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Filter, type FilterError, parseFilter } from '../filter.ts';
import type { Flush, ReadRows, RowChange } from './rows.ts';
import { type Order, SortedIndex } from './sorted-index.ts';

export type Direction = 'up' | 'down';

export interface Sort {
  readonly column: string;
  readonly direction: Direction;
}

/** What a view has to know of its rows. */
export interface ViewDefinition<T> {
  /** Text of one field of a row, as the filter looks for it. */
  readonly fields: (row: T, field: string) => string;
  /** Fields that a word without a colon is looked for in. */
  readonly bareFields: readonly string[];
  /** Fields that may be written before a colon; the bare ones where it is left out. Lower case. */
  readonly fieldNames?: readonly string[];
  /** Ascending order by column. Ties are broken by id. Plain `<` is many times faster than `localeCompare`. */
  readonly compare: Readonly<Record<string, Order<T>>>;
  readonly sort: Sort;
}

/** A sorted and filtered window over a table, kept up to date at each flush. */
export interface View<T> {
  /** Sorts again at once; turning the direction alone costs nothing. An unknown column is ignored. */
  setSort(columnId: string, direction: Direction): void;
  /** Tests the rows once, while a word is typed only those that matched so far. What is not understood leaves the filter as it was and is returned. */
  setFilter(text: string): FilterError | null;
  readonly sort: Sort;
  /** The text that `setFilter` took last. */
  readonly filter: string;
  /** Rows of the table. */
  readonly total: number;
  /** Rows that the filter lets through. */
  readonly matched: number;
  /** Up to `count` rows from position `offset` on. */
  slice(offset: number, count: number): T[];
  /** Position from 0, or -1 when the row is not there or does not match. */
  indexOf(id: string): number;
  at(index: number): T | undefined;
  /** Every matching row in order, for an export. */
  values(): Iterable<T>;
  /** Moves when anything above may have changed. */
  readonly version: StoreApi<{ version: number }>;
  /** Lets go of the table. */
  close(): void;
}

/** A row whose sort key changes keeps its place for up to this long, so that a noisy column stays readable. */
export const reorderPauseMs = 1_000;

// Above this share of changed rows, sorting everything is cheaper than moving them one by one.
const rebuildShare = 1 / 4;
const fewChanges = 64;

export function createView<T extends { readonly id: string }>(
  rows: ReadRows<T>,
  definition: ViewDefinition<T>,
): View<T> {
  const filterFields = {
    columns: definition.fieldNames ?? definition.bareFields,
    words: definition.bareFields,
  };
  const version = createStore(() => ({ version: 0 }));
  let sort = definition.sort;
  let filterText = '';
  let filter: Filter | null = null;
  // Both hold the rows as they were when they were put in their place; the table may be ahead of them.
  let everything = new SortedIndex<T>(orderBy(sort.column));
  let matching = everything;
  /** Rows whose place is out of date: the row as the indexes hold it. */
  const late = new Map<string, T>();
  let lastReorder = Number.NEGATIVE_INFINITY;

  function orderBy(column: string): Order<T> {
    const compare = definition.compare[column] ?? (() => 0);
    return (a, b) => compare(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  }

  function matches(row: T): boolean {
    return filter === null || filter.matches((name) => definition.fields(row, name));
  }

  function rebuild(): void {
    const order = orderBy(sort.column);
    everything = new SortedIndex(order);
    const placed = late.size === 0 ? [...rows.values()] : Array.from(rows.values(), inPlace);
    everything.fill(placed.sort(order));
    applyFilter(order);
  }

  /** The row as the indexes hold it. */
  function inPlace(row: T): T {
    return late.get(row.id) ?? row;
  }

  function applyFilter(order: Order<T>, among: SortedIndex<T> = everything): void {
    if (filter === null) {
      matching = everything;
      return;
    }
    const kept: T[] = [];
    for (const placed of among.slice(0, among.size)) {
      const row = late.size === 0 ? placed : (rows.get(placed.id) ?? placed);
      if (matches(row)) kept.push(placed);
    }
    matching = new SortedIndex(order);
    matching.fill(kept);
  }

  function changed(): void {
    version.setState((state) => ({ version: state.version + 1 }));
  }

  /** False when the row could not be found where its order says, which only a contradictory `compare` can cause. */
  function place(change: RowChange<T>, mayMove: boolean): boolean {
    const { id, before, after } = change;
    const placed = late.get(id) ?? before;
    if (placed === null) {
      if (after !== null) add(after);
      return true;
    }
    if (after === null) {
      late.delete(id);
      return takeOut(placed);
    }
    const order = orderOf(placed, after);
    if (order === 0) {
      late.delete(id);
      return keepInPlace(after);
    }
    if (mayMove) {
      late.delete(id);
      if (!takeOut(placed)) return false;
      add(after);
      return true;
    }
    late.set(id, placed);
    if (matching !== everything) {
      if (!matches(after)) matching.remove(placed);
      else if (!matching.has(placed)) matching.insert(placed);
    }
    return true;
  }

  function orderOf(a: T, b: T): number {
    return (definition.compare[sort.column] ?? (() => 0))(a, b);
  }

  function add(row: T): void {
    everything.insert(row);
    if (matching !== everything && matches(row)) matching.insert(row);
  }

  function takeOut(placed: T): boolean {
    if (matching !== everything) matching.remove(placed);
    return everything.remove(placed);
  }

  function keepInPlace(row: T): boolean {
    if (matching !== everything) {
      if (!matches(row)) matching.remove(row);
      else if (!matching.replace(row)) matching.insert(row);
    }
    return everything.replace(row);
  }

  function onFlush(flush: Flush<T>): void {
    const mayMove = flush.now - lastReorder >= reorderPauseMs;
    const catchUp = mayMove && late.size > 0;
    if (flush.changes.length === 0 && !catchUp) return;
    const work = flush.changes.length + (mayMove ? late.size : 0);
    if (work > fewChanges && work > everything.size * rebuildShare) {
      if (mayMove) late.clear();
      else for (const change of flush.changes) leaveInPlace(change);
      rebuild();
    } else {
      let sound = true;
      for (const change of flush.changes) sound = place(change, mayMove) && sound;
      if (catchUp) sound = placeLate() && sound;
      if (!sound) sortAnew();
    }
    if (mayMove) lastReorder = flush.now;
    changed();
  }

  function sortAnew(): void {
    late.clear();
    rebuild();
  }

  function leaveInPlace({ id, before, after }: RowChange<T>): void {
    const placed = late.get(id) ?? before;
    if (placed !== null && after !== null && orderOf(placed, after) !== 0) late.set(id, placed);
    else late.delete(id);
  }

  function placeLate(): boolean {
    let sound = true;
    for (const [id, placed] of [...late]) {
      const after = rows.get(id) ?? null;
      sound = place({ id, before: placed, after }, true) && sound;
    }
    return sound;
  }

  const current = (placed: T): T => rows.get(placed.id) ?? placed;
  const close = rows.onFlush(onFlush);
  rebuild();

  return {
    setSort(column, direction) {
      if (!Object.hasOwn(definition.compare, column)) return;
      const sameColumn = column === sort.column;
      sort = { column, direction };
      if (!sameColumn) sortAnew();
      changed();
    },
    setFilter(text) {
      const parsed = parseFilter(text, filterFields);
      if (!parsed.ok) return parsed;
      const among = narrows(filterText, text) ? matching : everything;
      filterText = text;
      filter = parsed.empty ? null : parsed;
      applyFilter(orderBy(sort.column), among);
      changed();
      return null;
    },
    get sort() {
      return sort;
    },
    get filter() {
      return filterText;
    },
    get total() {
      return everything.size;
    },
    get matched() {
      return matching.size;
    },
    slice(offset, count) {
      if (sort.direction === 'up') return matching.slice(offset, count).map(current);
      const start = Math.max(0, offset);
      const end = Math.min(matching.size, offset + count);
      if (end <= start) return [];
      return matching
        .slice(matching.size - end, end - start)
        .reverse()
        .map(current);
    },
    indexOf(id) {
      const placed = late.get(id) ?? rows.get(id);
      const index = placed ? matching.indexOf(placed) : -1;
      return index >= 0 && sort.direction === 'down' ? matching.size - 1 - index : index;
    },
    at(index) {
      return this.slice(index, 1)[0];
    },
    *values() {
      const step = 1_024;
      for (let offset = 0; offset < matching.size; offset += step) yield* this.slice(offset, step);
    },
    version,
    close,
  };
}

/** Whether `next` can only match what `before` matched: the usual case while a word is typed. */
function narrows(before: string, next: string): boolean {
  return next.startsWith(before) && !/[-:"]/.test(next);
}
