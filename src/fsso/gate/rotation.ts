import { timers } from '../wire/profile.ts';

/** What to do next: try the collector at this index, or wait until then (milliseconds since the epoch). */
export type NextStep = { attempt: number } | { waitUntil: number };

/**
 * Which collector of a list is tried next, and when: in list order, at once, with a growing pause after each whole round
 * (docs/protocol/fsso.md, State machines). It never returns to the first one by itself.
 */
export class Rotation {
  readonly #notBefore: number[];
  #cursor = 0;
  #tried = 0;
  #round = 0;

  constructor(count: number) {
    this.#notBefore = Array.from({ length: count }, () => 0);
  }

  /** Earliest time for the collector at `index`, 0 where any time will do. */
  notBefore(index: number): number {
    return this.#notBefore[index] ?? 0;
  }

  next(now: number): NextStep {
    const count = this.#notBefore.length;
    while (this.#tried < count) {
      const index = this.#cursor;
      this.#cursor = (index + 1) % count;
      this.#tried += 1;
      if (this.notBefore(index) <= now) return { attempt: index };
    }
    const pauses = timers.roundBackoff;
    const pause = pauses[Math.min(this.#round, pauses.length - 1)] ?? 0;
    this.#round += 1;
    this.#tried = 0;
    return { waitUntil: Math.max(now + pause, Math.min(...this.#notBefore)) };
  }

  /** The collector at `index` refused us: it is left alone for a while. */
  refused(index: number, now: number): void {
    this.#notBefore[index] = now + timers.refusedPause;
  }

  /** A collector served us for a while: a loss begins a new round. */
  steady(): void {
    this.#tried = 0;
    this.#round = 0;
  }

  /** A person wants the first of the list again: all that was learnt is forgotten. */
  restart(): void {
    this.#cursor = 0;
    this.#tried = 0;
    this.#round = 0;
    this.#notBefore.fill(0);
  }
}
