import type { Clock, Timer } from './clock.ts';

/** Work that may be put off at each `yield`. It yields often: a step takes far less than a slice. */
export type Steps<Result = void> = Generator<void, Result, void>;

/** Work that is under way. */
export interface Job {
  /** Ends it where it stands; safe to call more than once and after it is done. */
  cancel(): void;
}

/** How long one slice may take, in milliseconds: with a frame after it, a key is still answered within 50 ms. */
export const sliceMs = 8;

export interface SliceOptions {
  /** Called after each slice, the last one too. */
  readonly afterSlice?: (isDone: boolean) => void;
  /** Milliseconds of one slice. */
  readonly ms?: number;
}

/**
 * Does long work in slices, so that keys are read and frames drawn in between. The first slice runs at once: what is
 * short is done when this returns, and so is everything where the clock stands still.
 */
export function runInSlices(
  clock: Pick<Clock, 'now' | 'after'>,
  steps: Steps,
  options: SliceOptions = {},
): Job {
  const { afterSlice, ms = sliceMs } = options;
  let timer: Timer | null = null;
  let isOver = false;

  function slice(): void {
    const end = clock.now() + ms;
    let isDone = false;
    while (!isDone && !isOver) {
      isDone = steps.next().done === true;
      if (clock.now() >= end) break;
    }
    // A step may cancel its own job.
    if (isOver) return;
    isOver = isDone;
    if (!isDone) timer = clock.after(0, slice);
    afterSlice?.(isDone);
  }

  slice();
  return {
    cancel() {
      isOver = true;
      timer?.cancel();
    },
  };
}

/** A clock for who has nobody waiting: all work is done in its first slice. */
export const atOnce: Pick<Clock, 'now' | 'after'> = {
  now: () => 0,
  after: () => ({ cancel: () => undefined }),
};

/** Does all steps without a pause, where that is known to be short, and gives their result. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as Result;
  }
}
