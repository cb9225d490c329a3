/** Thrown while a query is read, and caught by `parseQuery`: nobody else sees it. `index` counts UTF-16 units from 0. */
export class Wrong extends Error {
  readonly index: number;
  constructor(index: number, reason: string) {
    super(reason);
    this.index = index;
  }
}
