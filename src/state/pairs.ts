import type { Rows } from './rows.ts';

/** A row that our own connectors tell, or a FortiGate, or both. */
interface Told<T> {
  readonly id: string;
  /** Of a row that a FortiGate told. */
  readonly reported?: object;
  /** Rows of FortiGates about the same; it stands in their place. */
  readonly also?: readonly T[];
}

/**
 * Puts what our own connectors tell and what FortiGates tell of the same into one row: ours, with theirs in `also`; where only
 * FortiGates tell of it, the row of the first, with the others. While no FortiGate tells anything it keeps nothing and costs
 * nothing.
 */
export class Pairs<T extends Told<T>> {
  readonly #rows: Rows<T>;
  readonly #keyOf: (row: T) => string | null;
  /** Rows of FortiGates as they were told, by their id, and by what they are about. */
  readonly #reported = new Map<string, T>();
  readonly #groups = new Map<string, Set<string>>();
  /** Ids of our own rows by what they are about; null until a FortiGate has told something. */
  #own: Map<string, Set<string>> | null = null;

  /** `keyOf`: two rows with the same key are about the same; null where nothing else is. */
  constructor(rows: Rows<T>, keyOf: (row: T) => string | null) {
    this.#rows = rows;
    this.#keyOf = keyOf;
  }

  put(row: T): void {
    if (row.reported !== undefined) this.#putReported(row);
    else if (this.#own === null) this.#rows.put(row);
    else this.#putOwn(row, this.#own);
  }

  remove(id: string): void {
    const reported = this.#reported.get(id);
    if (reported !== undefined) {
      this.#reported.delete(id);
      this.#rows.remove(id);
      this.#leave(this.#groups, reported);
      return;
    }
    const before = this.#rows.latest(id);
    this.#rows.remove(id);
    if (this.#own !== null && before !== undefined) this.#leave(this.#own, before);
  }

  clear(): void {
    this.#reported.clear();
    this.#groups.clear();
    this.#own = null;
    this.#rows.clear();
  }

  #putReported(row: T): void {
    this.#own ??= this.#indexed();
    const before = this.#reported.get(row.id);
    this.#reported.set(row.id, row);
    if (before !== undefined && this.#keyOf(before) !== this.#keyOf(row)) this.#leave(this.#groups, before);
    const key = this.#keyOf(row);
    if (key === null) this.#rows.put(row);
    else {
      enter(this.#groups, key, row.id);
      this.#settle(key);
    }
  }

  #putOwn(row: T, own: Map<string, Set<string>>): void {
    const before = this.#rows.latest(row.id);
    const key = this.#keyOf(row);
    this.#rows.put(row);
    if (before !== undefined && this.#keyOf(before) !== key) this.#leave(own, before);
    if (key === null) return;
    enter(own, key, row.id);
    if (this.#groups.has(key)) this.#settle(key);
  }

  #indexed(): Map<string, Set<string>> {
    const own = new Map<string, Set<string>>();
    for (const row of this.#rows.latestValues()) {
      const key = this.#keyOf(row);
      if (key !== null) enter(own, key, row.id);
    }
    return own;
  }

  #leave(from: Map<string, Set<string>>, row: T): void {
    const key = this.#keyOf(row);
    const ids = key === null ? undefined : from.get(key);
    if (key === null || ids === undefined) return;
    ids.delete(row.id);
    if (ids.size === 0) from.delete(key);
    this.#settle(key);
  }

  /** Gives the rows that stand for a key what FortiGates tell of it, and takes away those that do not stand for it. */
  #settle(key: string): void {
    const told = [...(this.#groups.get(key) ?? [])].flatMap((id) => this.#reported.get(id) ?? []);
    const own = this.#own?.get(key);
    if (own !== undefined) {
      for (const id of own) {
        const row = this.#rows.latest(id);
        if (row !== undefined) this.#give(row, told);
      }
      for (const { id } of told) this.#rows.remove(id);
      return;
    }
    const [first, ...others] = told;
    if (first === undefined) return;
    this.#give(first, others);
    for (const { id } of others) this.#rows.remove(id);
  }

  #give(row: T, also: readonly T[]): void {
    const { also: before = [] } = row;
    const isSame = before.length === also.length && before.every((each, place) => each === also[place]);
    if (isSame && this.#rows.latest(row.id) === row) return;
    this.#rows.put(withAlso(row, also));
  }
}

/** The same row, of the same class: some compute their fields from what they hold. */
function withAlso<T extends Told<T>>(row: T, also: readonly T[]): T {
  const { also: _, ...own } = row;
  return Object.assign(Object.create(Object.getPrototypeOf(row)), own, also.length === 0 ? {} : { also });
}

/** The rows as they were told, each by itself. */
export function* apart<T extends Told<T>>(rows: Iterable<T>): Generator<T> {
  for (const row of rows) {
    yield row.also === undefined ? row : withAlso(row, []);
    yield* row.also ?? [];
  }
}

function enter(into: Map<string, Set<string>>, key: string, id: string): void {
  const ids = into.get(key);
  if (ids === undefined) into.set(key, new Set([id]));
  else ids.add(id);
}
