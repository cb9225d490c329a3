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

/** An order of rows: ascending by one value of each. Where it is the same, the ids decide. */
export interface Order<T> {
  /** The same for a row whenever it is asked for. */
  readonly key: (row: T) => SortKey;
}

/** The order that leaves everything to the ids. */
export const byIdAlone: Order<unknown> = { key: () => null };

/** As a function that sorts, keys made anew each time: for a few rows. */
export function comparing<T extends { readonly id: string }>({ key }: Order<T>): (a: T, b: T) => number {
  return (a, b) => compareKeys(key(a), key(b)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
