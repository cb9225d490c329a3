import { compareKeys, type Order, type SortKey } from './order.ts';
import type { Keyed } from './sort-steps.ts';

// A bucket is cut in half above this size, so that an insertion never moves more than this many rows.
const fullBucket = 512;
const freshBucket = fullBucket / 2;

type Identified = { readonly id: string };

/** Rows in order, and beside each the key that it is ordered by: a search then looks at the keys and at hardly any row. */
interface Bucket<T> {
  readonly keys: SortKey[];
  readonly rows: T[];
}

/**
 * Rows in order, in buckets of at most 512: finding, inserting and removing take a binary search, reading by position one
 * pass over the buckets. What is in it must not be altered, or it cannot be found again.
 */
export class SortedIndex<T extends Identified> {
  readonly #order: Order<T>;
  #buckets: Bucket<T>[] = [];
  #size = 0;

  constructor(order: Order<T>) {
    this.#order = order;
  }

  get size(): number {
    return this.#size;
  }

  /** Sizes of the buckets, for tests of the limit. */
  get bucketSizes(): number[] {
    return this.#buckets.map(({ rows }) => rows.length);
  }

  /** Takes in rows that are in order already, and none of which is there: faster than one by one. */
  insertAll(sorted: readonly Keyed<T>[]): void {
    this.#size += sorted.length;
    let next = 0;
    while (next < sorted.length) {
      const { key, id } = sorted[next] as Keyed<T>;
      const last = Math.max(0, this.#buckets.length - 1);
      const index = Math.min(this.#bucketFor(key, id), last);
      const merged: Bucket<T> = { keys: [], rows: [] };
      next = merge(this.#buckets[index] ?? merged, sorted, next, merged);
      if (index === last) for (; next < sorted.length; next += 1) push(merged, sorted[next] as Keyed<T>);
      this.#buckets.splice(index, 1, ...inPieces(merged));
    }
  }

  insert(row: T): void {
    this.#size += 1;
    const key = this.#order.key(row);
    const index = Math.min(this.#bucketFor(key, row.id), this.#buckets.length - 1);
    const bucket = this.#buckets[index];
    if (!bucket) {
      this.#buckets.push({ keys: [key], rows: [row] });
      return;
    }
    const { keys, rows } = bucket;
    const place = placeIn(bucket, key, row.id);
    keys.splice(place, 0, key);
    rows.splice(place, 0, row);
    if (rows.length <= fullBucket) return;
    const half = fullBucket / 2;
    this.#buckets.splice(index + 1, 0, { keys: keys.splice(half), rows: rows.splice(half) });
  }

  /** False when it is not there. */
  remove(row: T): boolean {
    const key = this.#order.key(row);
    const index = this.#bucketFor(key, row.id);
    const bucket = this.#buckets[index];
    if (!bucket) return false;
    const place = placeIn(bucket, key, row.id);
    if (!isAt(bucket, place, key, row.id)) return false;
    bucket.keys.splice(place, 1);
    bucket.rows.splice(place, 1);
    if (bucket.rows.length === 0) this.#buckets.splice(index, 1);
    this.#size -= 1;
    return true;
  }

  /** Puts `row` in the place of one of the same id and key. False when there is none. */
  replace(row: T): boolean {
    const key = this.#order.key(row);
    const bucket = this.#buckets[this.#bucketFor(key, row.id)];
    if (!bucket) return false;
    const place = placeIn(bucket, key, row.id);
    if (!isAt(bucket, place, key, row.id)) return false;
    bucket.rows[place] = row;
    return true;
  }

  has(row: T): boolean {
    const key = this.#order.key(row);
    const bucket = this.#buckets[this.#bucketFor(key, row.id)];
    return bucket !== undefined && isAt(bucket, placeIn(bucket, key, row.id), key, row.id);
  }

  /** Position from 0, or -1. */
  indexOf(row: T): number {
    const key = this.#order.key(row);
    const index = this.#bucketFor(key, row.id);
    const bucket = this.#buckets[index];
    if (!bucket) return -1;
    const place = placeIn(bucket, key, row.id);
    if (!isAt(bucket, place, key, row.id)) return -1;
    let before = 0;
    for (let each = 0; each < index; each += 1) before += this.#buckets[each]?.rows.length ?? 0;
    return before + place;
  }

  /** Up to `count` rows from position `offset` on. */
  slice(offset: number, count: number): T[] {
    const result: T[] = [];
    let skip = Math.max(0, offset);
    let left = count + Math.min(0, offset);
    for (const { rows } of this.#buckets) {
      if (left <= 0) break;
      if (skip >= rows.length) {
        skip -= rows.length;
        continue;
      }
      const taken = rows.slice(skip, skip + left);
      for (const row of taken) result.push(row);
      left -= taken.length;
      skip = 0;
    }
    return result;
  }

  /** The next rows after `row`, which need not be there itself: the rest of a bucket. Null begins at the first. */
  after(row: T | null): readonly T[] {
    if (row === null) return this.#buckets[0]?.rows ?? [];
    const key = this.#order.key(row);
    for (let index = this.#bucketFor(key, row.id); index < this.#buckets.length; index += 1) {
      const bucket = this.#buckets[index] as Bucket<T>;
      const place = placeIn(bucket, key, row.id);
      const rest = bucket.rows.slice(isAt(bucket, place, key, row.id) ? place + 1 : place);
      if (rest.length > 0) return rest;
    }
    return [];
  }

  /** As `after`, backwards: the rows before `row`, in order, the nearest one last. Null begins at the end. */
  before(row: T | null): readonly T[] {
    if (row === null) return this.#buckets.at(-1)?.rows ?? [];
    const key = this.#order.key(row);
    const index = Math.min(this.#bucketFor(key, row.id), this.#buckets.length - 1);
    const bucket = this.#buckets[index];
    if (!bucket) return [];
    const place = placeIn(bucket, key, row.id);
    return place > 0 ? bucket.rows.slice(0, place) : (this.#buckets[index - 1]?.rows ?? []);
  }

  /** Puts sorted rows, all of them greater than every one that is there, behind them. */
  append(sorted: readonly T[]): void {
    this.#size += sorted.length;
    const last = this.#buckets.at(-1);
    const more = this.#bucketOf(sorted);
    if (last && last.rows.length + sorted.length <= fullBucket) {
      last.keys.push(...more.keys);
      last.rows.push(...more.rows);
    } else if (sorted.length > 0) this.#buckets.push(more);
  }

  /** Puts sorted rows, all of them less than every one that is there, before them. */
  prepend(sorted: readonly T[]): void {
    this.#size += sorted.length;
    const first = this.#buckets[0];
    const more = this.#bucketOf(sorted);
    if (first && first.rows.length + sorted.length <= fullBucket) {
      first.keys.unshift(...more.keys);
      first.rows.unshift(...more.rows);
    } else if (sorted.length > 0) this.#buckets.unshift(more);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { rows } of this.#buckets) yield* rows;
  }

  #bucketOf(sorted: readonly T[]): Bucket<T> {
    return { keys: sorted.map(this.#order.key), rows: [...sorted] };
  }

  /** The first bucket whose last row is not before the one of this key and id; the number of buckets when there is none. */
  #bucketFor(key: SortKey, id: string): number {
    let low = 0;
    let high = this.#buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const bucket = this.#buckets[middle] as Bucket<T>;
      if (isBefore(bucket, bucket.rows.length - 1, key, id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function push<T>({ keys, rows }: Bucket<T>, { key, row }: Keyed<T>): void {
  keys.push(key);
  rows.push(row);
}

/** Merges `bucket` and those of `sorted` from `next` on that belong before its last row; gives the first that does not. */
function merge<T extends Identified>(
  { keys, rows }: Bucket<T>,
  sorted: readonly Keyed<T>[],
  next: number,
  merged: Bucket<T>,
): number {
  let at = next;
  for (let place = 0; place < rows.length; place += 1) {
    const key = keys[place] as SortKey;
    const row = rows[place] as T;
    for (; at < sorted.length && isLess(sorted[at] as Keyed<T>, key, row); at += 1)
      push(merged, sorted[at] as Keyed<T>);
    merged.keys.push(key);
    merged.rows.push(row);
  }
  return at;
}

function isLess<T extends Identified>(entry: Keyed<T>, key: SortKey, row: T): boolean {
  const order = compareKeys(entry.key, key);
  return order === 0 ? entry.id < row.id : order < 0;
}

function inPieces<T>(bucket: Bucket<T>): Bucket<T>[] {
  const { keys, rows } = bucket;
  if (rows.length <= fullBucket) return [bucket];
  const length = Math.ceil(rows.length / Math.ceil(rows.length / freshBucket));
  const pieces: Bucket<T>[] = [];
  for (let at = 0; at < rows.length; at += length)
    pieces.push({ keys: keys.slice(at, at + length), rows: rows.slice(at, at + length) });
  return pieces;
}

function placeIn<T extends Identified>(bucket: Bucket<T>, key: SortKey, id: string): number {
  let low = 0;
  let high = bucket.rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(bucket, middle, key, id)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore<T extends Identified>(
  { keys, rows }: Bucket<T>,
  place: number,
  key: SortKey,
  id: string,
): boolean {
  const order = compareKeys(keys[place] as SortKey, key);
  return order === 0 ? (rows[place] as T).id < id : order < 0;
}

function isAt<T extends Identified>(
  { keys, rows }: Bucket<T>,
  place: number,
  key: SortKey,
  id: string,
): boolean {
  return place < rows.length && keys[place] === key && rows[place]?.id === id;
}
