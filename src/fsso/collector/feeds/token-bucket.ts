import type { Clock } from '../../../clock.ts';

/** How much one source may send. */
export interface RateLimit {
  /** Events a second, in the long run; 0 sets no limit. */
  readonly perSecond: number;
  /** Events at once, after a pause. */
  readonly burst: number;
}

/** Lets through as many events as a rate allows, and more at once after a pause. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#tokens = limit.burst;
    this.#filledAt = clock.now();
  }

  /** False when this event is one too many. */
  take(): boolean {
    if (this.#limit.perSecond === 0) return true;
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until the next event may come; for those who can make their peer wait. */
  get wait(): number {
    if (this.#limit.perSecond === 0) return 0;
    this.#fill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#limit.perSecond) * 1000);
  }

  #fill(): void {
    const now = this.#clock.now();
    // A clock that was set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + (passed / 1000) * this.#limit.perSecond);
  }
}
