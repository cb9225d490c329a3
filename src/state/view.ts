import { createStore } from 'zustand/vanilla';
import type { Clock } from '../clock.ts';
import { narrows, parseQuery, type Query } from '../query/query.ts';
import { atOnce, finish, type Steps } from '../slices.ts';
import { Arrangement } from './arrangement.ts';
import { Doing } from './doing.ts';
import { byIdAlone, compareKeys } from './order.ts';
import type { Flush, ReadRows, RowChange } from './rows.ts';
import { sortInSteps } from './sort-steps.ts';
import type { Progress, View, ViewDefinition } from './view-shape.ts';

export type { Direction, Progress, Sort, View, ViewDefinition } from './view-shape.ts';

/** A row whose sort key changes keeps its place for up to this long, so that a noisy column stays readable. */
export const reorderPauseMs = 1_000;

// Above this share of changed rows, sorting a small table anew is cheaper than moving them one by one.
const rebuildShare = 1 / 4;
const fewChanges = 64;
const smallTable = 2_048;
// Late rows that are moved before the time is looked at.
const movedPerPart = 256;
// Rows in order that are put in their places before the time is looked at.
const placedPerStep = 1_024;
// While a sort or a filter goes on, the screen is told so often, in milliseconds.
const progressPauseMs = 100;

/** Without a clock, long work is not put off. */
export function createView<T extends { readonly id: string }>(
  rows: ReadRows<T>,
  definition: ViewDefinition<T>,
  clock: Pick<Clock, 'now' | 'after'> = atOnce,
): View<T> {
  const version = createStore(() => ({ version: 0 }));
  /** What was asked for, and what the rows are in. */
  let wanted = definition.sort;
  let shown = definition.sort;
  let filterText = '';
  let filter: Query<T> | null = null;
  /** By which ages are tested. */
  let filterTime = clock.now();
  const retesting = new Doing(clock, wentOn);
  let lastRetest = filterTime;
  let arrangement = arrange(shown.column);
  /** Rows whose place is out of date: the row as the arrangement holds it. */
  const late = new Map<string, T>();
  let lastReorder = Number.NEGATIVE_INFINITY;
  let mayMove = false;
  let hasLeftLate = false;
  /** New rows of a flush of many, which find their places together once all of them have come. */
  let arrived: T[] = [];
  let placing: Steps | null = null;
  /** Rows that changed since a sort under way took its rows: as it took them, null for one that it has not. */
  const touched = new Map<string, T | null>();
  const sorting = new Doing(clock, wentOn);
  const filtering = new Doing(clock, wentOn);
  let lastTold = 0;
  let untold = false;

  function arrange(column: string): Arrangement<T> {
    return new Arrangement(definition.compare[column] ?? byIdAlone, current);
  }

  function current(placed: T): T {
    return rows.get(placed.id) ?? placed;
  }

  function test(): ((row: T) => boolean) | null {
    const wantedOf = filter;
    if (wantedOf === null) return null;
    return (row) => wantedOf.matches(row, filterTime);
  }

  function rebuild(): void {
    stopSorting();
    filtering.cancel();
    forgetPlaces();
    arrangement = arrange(shown.column);
    finish(placeAll(arrangement, [...rows.values()]));
    arrangement.setFilter(test(), false, false);
    finish(arrangement.look());
    if (wanted.column !== shown.column) startSorting();
  }

  /** A new arrangement has every row in its place. */
  function forgetPlaces(): void {
    late.clear();
    arrived = [];
    placing = null;
  }

  function changed(): void {
    untold = false;
    version.setState((state) => ({ version: state.version + 1 }));
  }

  /** Tells of work that goes on, not more often than an eye can follow. */
  function wentOn(isDone: boolean): void {
    const now = clock.now();
    if (!isDone && now - lastTold < progressPauseMs) return;
    lastTold = now;
    changed();
  }

  function stopSorting(): void {
    sorting.cancel();
    touched.clear();
  }

  function startSorting(): void {
    lastTold = clock.now();
    sorting.start(sort(wanted.column));
  }

  function* sort(column: string): Steps {
    const next = arrange(column);
    yield* placeAll(next, [...rows.values()]);
    let filteredBy: Query<T> | null;
    do {
      filteredBy = filter;
      next.setFilter(test(), false, false);
      yield* next.look();
      yield* catchUpWith(next);
    } while (filteredBy !== filter);
    filtering.cancel();
    arrangement = next;
    shown = wanted;
    forgetPlaces();
  }

  /** Puts many rows in their places, faster than one by one. */
  function* placeAll(into: Arrangement<T>, added: readonly T[]): Steps {
    const sorted = yield* sortInSteps(added, into.order);
    for (let start = 0; start < sorted.length; start += placedPerStep) {
      into.addAll(sorted.slice(start, start + placedPerStep));
      yield;
    }
  }

  /** What happened while a sort went on. Ends only when nothing is left. */
  function* catchUpWith(next: Arrangement<T>): Steps {
    let moved = 0;
    for (const [id, placed] of touched) {
      touched.delete(id);
      if (placed !== null) next.takeOut(placed);
      const row = rows.get(id);
      if (row) next.add(row);
      moved += 1;
      if (moved % movedPerPart === 0) yield;
    }
  }

  /** False when the row could not be found where its order says, which only a contradictory order can cause. */
  function place(change: RowChange<T>): boolean {
    const { id, before, after } = change;
    const placed = late.get(id) ?? before;
    if (placed === null) {
      if (after !== null) arrangement.add(after);
      return true;
    }
    if (after === null) {
      late.delete(id);
      return arrangement.takeOut(placed);
    }
    const { key } = arrangement.order;
    if (compareKeys(key(placed), key(after)) === 0) {
      late.delete(id);
      return arrangement.keepInPlace(after);
    }
    if (mayMove) {
      late.delete(id);
      if (!arrangement.takeOut(placed)) return false;
      arrangement.add(after);
      return true;
    }
    late.set(id, placed);
    arrangement.recheck(placed, after);
    return true;
  }

  function onFlush(flush: Flush<T>): boolean {
    const { changes, left, now, first, quiet } = flush;
    filterTime = now;
    if (first) {
      const isDue = now - lastReorder >= reorderPauseMs;
      mayMove = isDue || hasLeftLate;
      if (isDue && (changes.length > 0 || late.size > 0)) lastReorder = now;
    }
    if (placing !== null) {
      untold = true;
      if (placing.next().done) placing = null;
    }
    if (changes.length > 0 || (mayMove && late.size > 0)) {
      untold = true;
      take(changes, left > 0 || arrived.length > 0);
    }
    if (left === 0 && arrived.length > 0) {
      placing = placeAll(arrangement, arrived);
      arrived = [];
    }
    if (first) retest();
    if (untold && !quiet) changed();
    hasLeftLate = mayMove && late.size > 0;
    return hasLeftLate || placing !== null;
  }

  /** Ages move though no row changes: a filter by them is asked again for every row, in slices where they are many. */
  function retest(): void {
    if (filter?.timed !== true || filtering.isGoing || retesting.isGoing) return;
    if (filterTime - lastRetest < reorderPauseMs) return;
    lastRetest = filterTime;
    retesting.start(arrangement.retest());
  }

  function take(changes: readonly RowChange<T>[], areMany: boolean): void {
    if (sorting.isGoing) {
      for (const { id, before } of changes) if (!touched.has(id)) touched.set(id, before);
    }
    const { size } = arrangement.everything;
    const work = changes.length + (mayMove ? late.size : 0);
    if (mayMove && !areMany && size <= smallTable && work > fewChanges && work > size * rebuildShare) {
      rebuild();
      return;
    }
    let sound = true;
    for (const change of changes) {
      if (areMany && change.before === null && change.after !== null) arrived.push(change.after);
      else sound = place(change) && sound;
    }
    if (mayMove && late.size > 0) sound = placeLate() && sound;
    if (!sound) rebuild();
  }

  function placeLate(): boolean {
    let sound = true;
    let moved = 0;
    for (const [id, placed] of late) {
      if (moved === movedPerPart) break;
      moved += 1;
      sound = place({ id, before: placed, after: rows.get(id) ?? null }) && sound;
    }
    return sound;
  }

  const close = rows.onFlush(onFlush);
  rebuild();

  return {
    setSort(column, direction) {
      if (!Object.hasOwn(definition.compare, column)) return;
      const before = wanted;
      wanted = { column, direction };
      if (column === shown.column) {
        stopSorting();
        shown = wanted;
      } else if (column !== before.column) {
        stopSorting();
        startSorting();
      }
      changed();
    },
    setFilter(text) {
      const parsed = parseQuery(text, definition.fields);
      if (!parsed.ok) return parsed;
      filtering.cancel();
      const narrower = filter !== null && narrows(filterText, text);
      filterText = text;
      filter = parsed.empty ? null : parsed;
      filterTime = Math.max(filterTime, clock.now());
      lastRetest = filterTime;
      arrangement.setFilter(test(), narrower, shown.direction === 'down');
      lastTold = clock.now();
      filtering.start(arrangement.look());
      changed();
      return null;
    },
    fields: definition.fields,
    get sort() {
      return wanted;
    },
    get progress(): Progress | null {
      if (sorting.isGoing) return { work: 'sort', share: null };
      return arrangement.filtered === null ? null : { work: 'filter', share: arrangement.filtered };
    },
    get filter() {
      return filterText;
    },
    get total() {
      return arrangement.everything.size;
    },
    get matched() {
      return arrangement.matching.size;
    },
    slice(offset, count) {
      const { matching } = arrangement;
      if (shown.direction === 'up') return matching.slice(offset, count).map(current);
      const start = Math.max(0, offset);
      const end = Math.min(matching.size, offset + count);
      if (end <= start) return [];
      return matching
        .slice(matching.size - end, end - start)
        .reverse()
        .map(current);
    },
    indexOf(id) {
      const { matching } = arrangement;
      const placed = late.get(id) ?? rows.get(id);
      const index = placed ? matching.indexOf(placed) : -1;
      return index >= 0 && shown.direction === 'down' ? matching.size - 1 - index : index;
    },
    at(index) {
      return this.slice(index, 1)[0];
    },
    *values() {
      const step = 1_024;
      const { size } = arrangement.matching;
      for (let offset = 0; offset < size; offset += step) yield* this.slice(offset, step);
    },
    version,
    close() {
      stopSorting();
      filtering.cancel();
      retesting.cancel();
      close();
    },
  };
}
