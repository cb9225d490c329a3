import type { Steps } from '../slices.ts';
import { comparing, type Order } from './order.ts';
import type { Keyed } from './sort-steps.ts';
import { SortedIndex } from './sorted-index.ts';

/**
 * The rows of a table in one order, and beside them those that a filter lets through. Both hold each row as it was when
 * it was put in its place; `current` gives the row as it is. The filter looks through the rows in their order, so that
 * the first rows of the screen are found first and changes meanwhile know on which side of it they are.
 */
export class Arrangement<T extends { readonly id: string }> {
  readonly order: Order<T>;
  readonly everything: SortedIndex<T>;
  readonly #current: (placed: T) => T;
  #matching: SortedIndex<T>;
  #test: ((row: T) => boolean) | null = null;
  /** What the filter still looks through: everything, or what matched a filter that lets more through. */
  #source: SortedIndex<T> | null = null;
  #fromEnd = false;
  /** The last row that the filter has looked at. */
  #frontier: T | null = null;
  #lookedAt = 0;

  constructor(order: Order<T>, current: (placed: T) => T) {
    this.order = order;
    this.#current = current;
    this.everything = new SortedIndex(order);
    this.#matching = this.everything;
  }

  get matching(): SortedIndex<T> {
    return this.#matching;
  }

  /** Share of the rows that the filter has looked at, 0 to 1; null when it has looked at all. */
  get filtered(): number | null {
    return this.#source === null ? null : this.#lookedAt / Math.max(1, this.#source.size);
  }

  /**
   * Takes another filter, null for none; `look` then finds what matches. `narrows`: it can only match what the one before
   * it matched. `fromEnd`: the last rows are wanted first.
   */
  setFilter(test: ((row: T) => boolean) | null, narrows: boolean, fromEnd: boolean): void {
    const among = narrows && this.#source === null ? this.#matching : this.everything;
    this.#test = test;
    this.#source = test === null ? null : among;
    this.#matching = test === null ? this.everything : new SortedIndex(this.order);
    this.#fromEnd = fromEnd;
    this.#frontier = null;
    this.#lookedAt = 0;
  }

  /** Finds what matches, a bucket of rows a step. */
  *look(): Steps {
    const test = this.#test;
    const source = this.#source;
    if (test === null || source === null) return;
    for (;;) {
      const next = this.#fromEnd ? source.before(this.#frontier) : source.after(this.#frontier);
      // An order that contradicts itself could lead back to where it came from.
      if (next.length === 0 || this.#lookedAt > 2 * this.everything.size) break;
      const kept = next.filter((placed) => test(this.#current(placed)));
      if (this.#fromEnd) this.#matching.prepend(kept);
      else this.#matching.append(kept);
      this.#frontier = (this.#fromEnd ? next[0] : next.at(-1)) as T;
      this.#lookedAt += next.length;
      yield;
    }
    this.#source = null;
  }

  add(row: T): void {
    this.everything.insert(row);
    this.#addMatching(row);
  }

  /** As `add` of each, faster, for rows that are in order. */
  addAll(sorted: readonly Keyed<T>[]): void {
    this.everything.insertAll(sorted);
    if (this.#test !== null) for (const { row } of sorted) this.#addMatching(row);
  }

  #addMatching(row: T): void {
    if (this.#test === null || !this.#test(row)) return;
    if (this.#isLookedAt(row)) this.#matching.insert(row);
    else this.#narrowed?.insert(row);
  }

  /** False when it is not where its order says. */
  takeOut(placed: T): boolean {
    if (this.#matching !== this.everything) this.#matching.remove(placed);
    this.#narrowed?.remove(placed);
    return this.everything.remove(placed);
  }

  /** Puts a row in the place of one that is ordered the same. False when there is none. */
  keepInPlace(row: T): boolean {
    if (this.#test !== null) {
      const matches = this.#test(row);
      if (!this.#isLookedAt(row)) {
        if (matches && this.#narrowed?.replace(row) === false) this.#narrowed.insert(row);
      } else if (!matches) this.#matching.remove(row);
      else if (!this.#matching.replace(row)) this.#matching.insert(row);
    }
    return this.everything.replace(row);
  }

  /** The row at this place has changed, and moves later: only the filter is asked anew. */
  recheck(placed: T, row: T): void {
    if (this.#test === null) return;
    const matches = this.#test(row);
    if (!this.#isLookedAt(placed)) {
      if (matches && this.#narrowed?.has(placed) === false) this.#narrowed.insert(placed);
    } else if (!matches) this.#matching.remove(placed);
    else if (!this.#matching.has(placed)) this.#matching.insert(placed);
  }

  /** Asks the filter for every row anew, because its answer changes with time, a bucket of rows a step. */
  *retest(): Steps {
    let last: T | null = null;
    let asked = 0;
    while (this.#test !== null && asked <= 2 * this.everything.size) {
      const next: readonly T[] = this.everything.after(last);
      if (next.length === 0) break;
      for (const placed of next) this.recheck(placed, this.#current(placed));
      last = next.at(-1) as T;
      asked += next.length;
      yield;
    }
  }

  /** What is looked through, where that is not everything. */
  get #narrowed(): SortedIndex<T> | null {
    return this.#source === this.everything ? null : this.#source;
  }

  #isLookedAt(row: T): boolean {
    if (this.#source === null) return true;
    if (this.#frontier === null) return false;
    const order = comparing(this.order)(row, this.#frontier);
    return this.#fromEnd ? order >= 0 : order <= 0;
  }
}
