// A bucket is cut in half above this size, so that an insertion never moves more than this many entries.
const fullBucket = 512;
const freshBucket = fullBucket / 2;

/** Orders two rows. Zero only for the same row: the caller breaks ties by the id. */
export interface Order<T> {
  (a: T, b: T): number;
  /** What the order goes by, where it is one value of the row: a sort of many rows then asks for each once. */
  readonly key?: (row: T) => string | number | null;
}

/**
 * A sorted sequence in buckets of at most 512 entries: finding, inserting and removing take a binary search, reading by
 * position one pass over the buckets. What is in it must not be altered, or it cannot be found again.
 */
export class SortedIndex<T> {
  readonly #order: Order<T>;
  #buckets: T[][] = [];
  #size = 0;

  constructor(order: Order<T>) {
    this.#order = order;
  }

  get size(): number {
    return this.#size;
  }

  /** Sizes of the buckets, for tests of the limit. */
  get bucketSizes(): number[] {
    return this.#buckets.map((bucket) => bucket.length);
  }

  /** Replaces everything by `sorted`, which must be in order already. */
  fill(sorted: readonly T[]): void {
    this.#buckets = [];
    for (let start = 0; start < sorted.length; start += freshBucket) {
      this.#buckets.push(sorted.slice(start, start + freshBucket));
    }
    this.#size = sorted.length;
  }

  insert(entry: T): void {
    this.#size += 1;
    const index = Math.min(this.#bucketFor(entry), this.#buckets.length - 1);
    const bucket = this.#buckets[index];
    if (!bucket) {
      this.#buckets.push([entry]);
      return;
    }
    bucket.splice(this.#placeIn(bucket, entry), 0, entry);
    if (bucket.length > fullBucket) this.#buckets.splice(index + 1, 0, bucket.splice(fullBucket / 2));
  }

  /** False when it is not there. */
  remove(entry: T): boolean {
    const index = this.#bucketFor(entry);
    const bucket = this.#buckets[index];
    if (!bucket) return false;
    const place = this.#placeIn(bucket, entry);
    if (!this.#isAt(bucket, place, entry)) return false;
    bucket.splice(place, 1);
    if (bucket.length === 0) this.#buckets.splice(index, 1);
    this.#size -= 1;
    return true;
  }

  /** Puts `entry` in the place of one that is ordered the same. False when there is none. */
  replace(entry: T): boolean {
    const bucket = this.#buckets[this.#bucketFor(entry)];
    if (!bucket) return false;
    const place = this.#placeIn(bucket, entry);
    if (!this.#isAt(bucket, place, entry)) return false;
    bucket[place] = entry;
    return true;
  }

  has(entry: T): boolean {
    const bucket = this.#buckets[this.#bucketFor(entry)];
    return bucket !== undefined && this.#isAt(bucket, this.#placeIn(bucket, entry), entry);
  }

  /** Position from 0, or -1. */
  indexOf(entry: T): number {
    const index = this.#bucketFor(entry);
    const bucket = this.#buckets[index];
    if (!bucket) return -1;
    const place = this.#placeIn(bucket, entry);
    if (!this.#isAt(bucket, place, entry)) return -1;
    let before = 0;
    for (let each = 0; each < index; each += 1) before += this.#buckets[each]?.length ?? 0;
    return before + place;
  }

  /** Up to `count` entries from position `offset` on. */
  slice(offset: number, count: number): T[] {
    const result: T[] = [];
    let skip = Math.max(0, offset);
    let left = count + Math.min(0, offset);
    for (const bucket of this.#buckets) {
      if (left <= 0) break;
      if (skip >= bucket.length) {
        skip -= bucket.length;
        continue;
      }
      const taken = bucket.slice(skip, skip + left);
      for (const entry of taken) result.push(entry);
      left -= taken.length;
      skip = 0;
    }
    return result;
  }

  /** The next entries after `entry`, which need not be there itself: the rest of a bucket. Null begins at the first. */
  after(entry: T | null): readonly T[] {
    if (entry === null) return this.#buckets[0] ?? [];
    for (let index = this.#bucketFor(entry); index < this.#buckets.length; index += 1) {
      const bucket = this.#buckets[index] as T[];
      const place = this.#placeIn(bucket, entry);
      const rest = bucket.slice(this.#isAt(bucket, place, entry) ? place + 1 : place);
      if (rest.length > 0) return rest;
    }
    return [];
  }

  /** As `after`, backwards: the entries before `entry`, in order, the nearest one last. Null begins at the end. */
  before(entry: T | null): readonly T[] {
    if (entry === null) return this.#buckets.at(-1) ?? [];
    const index = Math.min(this.#bucketFor(entry), this.#buckets.length - 1);
    const bucket = this.#buckets[index];
    if (!bucket) return [];
    const place = this.#placeIn(bucket, entry);
    return place > 0 ? bucket.slice(0, place) : (this.#buckets[index - 1] ?? []);
  }

  /** Puts sorted entries, all of them greater than every one that is there, behind them. */
  append(entries: readonly T[]): void {
    this.#size += entries.length;
    const last = this.#buckets.at(-1);
    if (last && last.length + entries.length <= fullBucket) last.push(...entries);
    else if (entries.length > 0) this.#buckets.push([...entries]);
  }

  /** Puts sorted entries, all of them less than every one that is there, before them. */
  prepend(entries: readonly T[]): void {
    this.#size += entries.length;
    const first = this.#buckets[0];
    if (first && first.length + entries.length <= fullBucket) first.unshift(...entries);
    else if (entries.length > 0) this.#buckets.unshift([...entries]);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  /** The first bucket whose last entry is not before `entry`; the number of buckets when there is none. */
  #bucketFor(entry: T): number {
    let low = 0;
    let high = this.#buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#buckets[middle]?.at(-1) as T;
      if (this.#order(last, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #placeIn(bucket: readonly T[], entry: T): number {
    let low = 0;
    let high = bucket.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order(bucket[middle] as T, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isAt(bucket: readonly T[], place: number, entry: T): boolean {
    return place < bucket.length && this.#order(bucket[place] as T, entry) === 0;
  }
}
