/** How much one source may send. */
export interface RateLimit {
  /** Events a second, in the long run; 0 sets no limit. */
  readonly perSecond: number;
  /** Events at once, after a pause. */
  readonly burst: number;
}

export const noRateLimit: RateLimit = { perSecond: 0, burst: 0 };

/** Lets through as many events as a rate allows, and more at once after a pause. Times are milliseconds. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** False when this event is one too many. */
  take(now: number): boolean {
    if (this.#limit.perSecond === 0) return true;
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Counts an event that is let through in any case: what is too much is owed. */
  charge(now: number): void {
    if (this.#limit.perSecond === 0) return;
    this.#fill(now);
    this.#tokens -= 1;
  }

  /** Milliseconds until the next event may come; for those who can make their peer wait. */
  wait(now: number): number {
    if (this.#limit.perSecond === 0) return 0;
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#limit.perSecond) * 1000);
  }

  #fill(now: number): void {
    // A clock that was set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + (passed / 1000) * this.#limit.perSecond);
  }
}
