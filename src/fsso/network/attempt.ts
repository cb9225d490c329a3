import type { Clock } from '../../clock.ts';

export interface AttemptOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** What it fails with when its time is over. */
  readonly late: () => unknown;
  /** Lets go of what was opened, whenever it fails; may be called twice. */
  readonly drop: () => void;
  readonly signal?: AbortSignal;
}

/** Something that ends once: well, with a failure, when its time is over, or when it is given up. */
export function attempt<Result>(
  { clock, limitMs, late, drop, signal }: AttemptOptions,
  run: (done: (result: Result) => void, failed: (reason: unknown) => void) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let hasFailed = false;
    let isOver = false;
    const finish = (action: () => void): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
      action();
    };
    const fail = (reason: unknown): void =>
      finish(() => {
        hasFailed = true;
        drop();
        reject(reason);
      });
    const giveUp = (): void => fail(signal?.reason);
    const timer = clock.after(limitMs, () => fail(late()));
    if (signal?.aborted) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      run((result) => finish(() => resolve(result)), fail);
    } catch (error) {
      fail(error);
    }
    // What failed at once may have been opened by then.
    if (hasFailed) drop();
  });
}
