import type { Steps } from '../slices.ts';
import { compareKeys, type Order, type SortKey } from './order.ts';

/** A row with what decides its place, so that a sort looks at no row. */
export interface Keyed<T> {
  readonly key: SortKey;
  readonly id: string;
  readonly row: T;
}

// A run that the engine sorts in one step, in about a millisecond.
const runLength = 2_048;
const mergedPerStep = 2_048;

/** Sorts as `Array.sort` does, in steps: runs first, which are then merged two by two. The array is not altered. */
export function* sortInSteps<T extends { readonly id: string }>(
  rows: readonly T[],
  order: Order<T>,
): Steps<Keyed<T>[]> {
  let from: Keyed<T>[] = [];
  for (let start = 0; start < rows.length; start += runLength) {
    const run = rows.slice(start, start + runLength).map((row) => ({ key: order.key(row), id: row.id, row }));
    for (const keyed of run.sort(compareKeyed)) from.push(keyed);
    yield;
  }
  let into = new Array<Keyed<T>>(from.length);
  for (let width = runLength; width < rows.length; width *= 2) {
    for (let start = 0; start < rows.length; start += 2 * width) {
      yield* merge(from, into, start, start + width, Math.min(start + 2 * width, rows.length));
    }
    [from, into] = [into, from];
  }
  return from;
}

function compareKeyed(left: Keyed<unknown>, right: Keyed<unknown>): number {
  return compareKeys(left.key, right.key) || (left.id < right.id ? -1 : 1);
}

function* merge<T>(
  from: readonly Keyed<T>[],
  into: Keyed<T>[],
  start: number,
  middle: number,
  end: number,
): Steps {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at += 1) {
    const takeLeft =
      left < middle &&
      left < end &&
      (right >= end || compareKeyed(from[left] as Keyed<T>, from[right] as Keyed<T>) <= 0);
    into[at] = from[takeLeft ? left++ : right++] as Keyed<T>;
    if ((at & (mergedPerStep - 1)) === 0) yield;
  }
}
