import type { Clock } from '../clock.ts';
import { type Job, runInSlices, type Steps } from '../slices.ts';

/** One kind of long work, of which at most one goes on at a time. */
export class Doing {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #afterSlice: (isDone: boolean) => void;
  #job: Job | null = null;

  /** `afterSlice` hears of every slice, of the last one when the work no longer goes on. */
  constructor(clock: Pick<Clock, 'now' | 'after'>, afterSlice: (isDone: boolean) => void) {
    this.#clock = clock;
    this.#afterSlice = afterSlice;
  }

  get isGoing(): boolean {
    return this.#job !== null;
  }

  /** The first slice runs at once. */
  start(steps: Steps): void {
    let isDone = false;
    const job = runInSlices(this.#clock, steps, {
      afterSlice: (done) => {
        isDone = done;
        if (done) this.#job = null;
        this.#afterSlice(done);
      },
    });
    this.#job = isDone ? null : job;
  }

  cancel(): void {
    this.#job?.cancel();
    this.#job = null;
  }
}
