/** A pending timer. `cancel` is safe to call more than once and after it fired. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in the product, so that an eight-hour timer runs in a test in a millisecond. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `action` once, `ms` milliseconds from now. */
  after(ms: number, action: () => void): Timer;
  /** Calls `action` each `ms` milliseconds until cancelled; the first call is `ms` from now. */
  every(ms: number, action: () => void): Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const handle = setTimeout(action, ms);
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, action) {
    const handle = setInterval(action, ms);
    return { cancel: () => clearInterval(handle) };
  },
};
