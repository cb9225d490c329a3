/** Length of one step of the history in milliseconds, and how many steps are kept: five minutes. */
const stepLength = 10_000;
const steps = 30;

/** How many events and bytes came from one source in each ten seconds of the last five minutes. */
export class RateHistory {
  readonly #events = new Uint32Array(steps);
  readonly #bytes = new Float64Array(steps);
  /** The step that is being counted, numbered since the epoch. */
  #step: number;
  /** Steps before this one were not watched. */
  readonly #first: number;

  constructor(now: number) {
    this.#step = Math.floor(now / stepLength);
    this.#first = this.#step;
  }

  add(now: number, events: number, bytes: number): void {
    this.#move(now);
    const at = this.#step % steps;
    this.#events[at] = (this.#events[at] as number) + events;
    this.#bytes[at] = (this.#bytes[at] as number) + bytes;
  }

  /** Events a second in each complete step, oldest first; as many as were watched. */
  eventsPerSecond(now: number): number[] {
    return this.#complete(now, this.#events);
  }

  /** Bytes a second in the last complete step; null before there is one. */
  bytesPerSecond(now: number): number | null {
    return this.#complete(now, this.#bytes).at(-1) ?? null;
  }

  #complete(now: number, counts: ArrayLike<number>): number[] {
    this.#move(now);
    const from = Math.max(this.#first, this.#step - steps + 1);
    const rates: number[] = [];
    for (let step = from; step < this.#step; step++)
      rates.push((counts[step % steps] as number) / (stepLength / 1000));
    return rates;
  }

  #move(now: number): void {
    const current = Math.floor(now / stepLength);
    // Each step that begins takes the place of the oldest one. A clock that was set back stays where it is.
    for (let step = Math.max(this.#step + 1, current - steps + 1); step <= current; step++) {
      this.#events[step % steps] = 0;
      this.#bytes[step % steps] = 0;
    }
    if (current > this.#step) this.#step = current;
  }
}
