import type { Clock } from '../../clock.ts';
import { type Job, runInSlices, type Steps } from '../../slices.ts';

/** Walks through a whole table, one after the other, in slices where it is large. */
export class Sweeps {
  readonly #clock: Clock;
  readonly #waiting: Steps[] = [];
  #job: Job | null = null;
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes what `walk` gives, each as it comes; null is only a pause. `done` follows the last one. */
  add<T>(walk: Iterable<T | null>, take: (found: T) => void, done: () => void): void {
    this.#waiting.push(steps(walk, take, done));
    if (!this.#isRunning) this.#next();
  }

  stop(): void {
    this.#waiting.length = 0;
    this.#job?.cancel();
  }

  #next(): void {
    const next = this.#waiting.shift();
    this.#isRunning = next !== undefined;
    if (next === undefined) return;
    this.#job = runInSlices(this.#clock, next, {
      afterSlice: (isDone) => {
        if (isDone) this.#next();
      },
    });
  }
}

function* steps<T>(walk: Iterable<T | null>, take: (found: T) => void, done: () => void): Steps {
  for (const found of walk) {
    if (found !== null) take(found);
    yield;
  }
  done();
}
