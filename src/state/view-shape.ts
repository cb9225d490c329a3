import type { StoreApi } from 'zustand/vanilla';
import type { Fields } from '../query/fields.ts';
import type { QueryError } from '../query/query.ts';
import type { Order } from './order.ts';

export type Direction = 'up' | 'down';

export interface Sort {
  readonly column: string;
  readonly direction: Direction;
}

/** What a view has to know of its rows. */
export interface ViewDefinition<T> {
  /** What a filter may name of a row. */
  readonly fields: Fields<T>;
  /** Order by column. */
  readonly compare: Readonly<Record<string, Order<T>>>;
  readonly sort: Sort;
}

/** What a view is still at. */
export interface Progress {
  /** `sort`: the rows are shown in their old order. `filter`: what was found so far is shown. */
  readonly work: 'sort' | 'filter';
  /** Share that is done, 0 to 1; null where it is not known. */
  readonly share: number | null;
}

/** A sorted and filtered window over a table, kept up to date at each flush. */
export interface View<T> {
  /** Sorts again, in slices where the rows are many; turning the direction alone costs nothing. An unknown column is ignored. */
  setSort(columnId: string, direction: Direction): void;
  /**
   * Tests the rows once, in slices where they are many; while a word is typed only those that matched so far. What is not
   * understood leaves the filter as it was and is returned.
   */
  setFilter(text: string): QueryError | null;
  /** What a filter may name. */
  readonly fields: Fields<T>;
  /** What was asked for last; while `progress` says so, the rows are still in another order. */
  readonly sort: Sort;
  /** Null when there is nothing left to do. */
  readonly progress: Progress | null;
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
