/** What is due at a time of its own, soonest first. */
export class DueList<Value> {
  readonly #items: { readonly due: number; readonly value: Value }[] = [];

  /** Milliseconds since the epoch; null where nothing is due at any time. */
  get next(): number | null {
    return this.#items[0]?.due ?? null;
  }

  add(due: number, value: Value): void {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.due ?? 0) <= due) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, { due, value });
  }

  /** Takes the soonest one out where it is due; undefined where none is. */
  take(now: number): Value | undefined {
    const next = this.next;
    return next !== null && next <= now ? this.#items.shift()?.value : undefined;
  }
}
