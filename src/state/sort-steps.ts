import type { Steps } from '../slices.ts';
import type { Order } from './sorted-index.ts';

/** What rows are ordered by, prepared once for each row. Numbers come before texts, what is not known last. */
export type SortKey = string | number | null;

/** Ascending order of two keys. */
export function compareKeys(left: SortKey, right: SortKey): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
  return left < right ? -1 : 1;
}

interface Keyed<T> {
  readonly key: SortKey;
  readonly row: T;
}

// A run that the engine sorts in one step, in about a millisecond.
const runLength = 2_048;
const mergedPerStep = 2_048;

/** Sorts as `Array.sort` does, in steps: runs first, which are then merged two by two. The array is not altered. */
export function* sortInSteps<T>(rows: readonly T[], order: Order<T>): Steps<T[]> {
  let from: T[] = [];
  for (let start = 0; start < rows.length; start += runLength) {
    for (const row of rows.slice(start, start + runLength).sort(order)) from.push(row);
    yield;
  }
  let into = new Array<T>(from.length);
  for (let width = runLength; width < rows.length; width *= 2) {
    for (let start = 0; start < rows.length; start += 2 * width) {
      yield* merge(from, into, start, start + width, Math.min(start + 2 * width, rows.length), order);
    }
    [from, into] = [into, from];
  }
  return from;
}

function* merge<T>(
  from: readonly T[],
  into: T[],
  start: number,
  middle: number,
  end: number,
  order: Order<T>,
): Steps {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at += 1) {
    const takeLeft =
      left < middle && left < end && (right >= end || order(from[left] as T, from[right] as T) <= 0);
    into[at] = from[takeLeft ? left++ : right++] as T;
    if ((at & (mergedPerStep - 1)) === 0) yield;
  }
}

/** As `sortInSteps`, by keys that are each made once; ties are broken by the id. */
export function* sortByKeyInSteps<T extends { readonly id: string }>(
  rows: readonly T[],
  key: (row: T) => SortKey,
): Steps<T[]> {
  const keyed: Keyed<T>[] = [];
  for (const row of rows) {
    keyed.push({ key: key(row), row });
    if ((keyed.length & (mergedPerStep - 1)) === 0) yield;
  }
  const sorted = yield* sortInSteps(
    keyed,
    (a, b) => compareKeys(a.key, b.key) || (a.row.id < b.row.id ? -1 : a.row.id > b.row.id ? 1 : 0),
  );
  const plain: T[] = [];
  for (const { row } of sorted) {
    plain.push(row);
    if ((plain.length & (mergedPerStep - 1)) === 0) yield;
  }
  return plain;
}
