import type { Clock, Timer } from './clock.ts';

interface Pending {
  due: number;
  order: number;
  every: number | null;
  action: () => void;
}

/** A clock that stands still until it is moved on: for tests, and for a recording that is played. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Timer {
    return this.#add(ms, null, action);
  }

  every(ms: number, action: () => void): Timer {
    return this.#add(ms, ms, action);
  }

  /** How many timers wait. A stopped part leaves none. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Moves time on by `ms` milliseconds and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.due;
      if (next.every === null) this.#pending.delete(next);
      else next.due += Math.max(1, next.every);
      next.action();
    }
    this.#now = end;
  }

  #add(ms: number, every: number | null, action: () => void): Timer {
    this.#order += 1;
    const pending: Pending = { due: this.#now + ms, order: this.#order, every, action };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.due > end) continue;
      if (!first || pending.due < first.due || (pending.due === first.due && pending.order < first.order))
        first = pending;
    }
    return first;
  }
}
