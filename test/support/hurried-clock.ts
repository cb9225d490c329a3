import type { Timer } from '../../src/clock.ts';
import { ManualClock } from './manual-clock.ts';

/**
 * A manual clock on which looking at the time takes time: each slice of work has room for so many looks. As with Node's
 * timers, the next slice is a millisecond away, so that `advance(1)` is one slice.
 */
export class HurriedClock extends ManualClock {
  readonly #msPerLook: number;
  #spent = 0;

  constructor(msPerLook: number) {
    super();
    this.#msPerLook = msPerLook;
  }

  override now(): number {
    this.#spent += this.#msPerLook;
    return super.now() + this.#spent;
  }

  override after(ms: number, action: () => void): Timer {
    return super.after(Math.max(1, ms), action);
  }
}
