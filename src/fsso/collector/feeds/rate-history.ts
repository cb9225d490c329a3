import type { Clock } from '../../../clock.ts';

/** Length of one step of the history, and how many steps are kept: five minutes. */
export const historyStep = 10_000;
export const historySteps = 30;

/** How many events and bytes came from one source in each ten seconds of the last five minutes. */
export class RateHistory {
  readonly #clock: Clock;
  readonly #events = new Uint32Array(historySteps);
  readonly #bytes = new Float64Array(historySteps);
  /** The step that is being counted, numbered since the epoch. */
  #step: number;
  /** Steps before this one were not watched. */
  readonly #first: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#step = Math.floor(clock.now() / historyStep);
    this.#first = this.#step;
  }

  add(events: number, bytes: number): void {
    this.#move();
    const at = this.#step % historySteps;
    this.#events[at] = (this.#events[at] as number) + events;
    this.#bytes[at] = (this.#bytes[at] as number) + bytes;
  }

  /** Events a second in each complete step, oldest first; as many as were watched. */
  get eventsPerSecond(): number[] {
    return this.#complete(this.#events);
  }

  /** Bytes a second in the last complete step; null before there is one. */
  get bytesPerSecond(): number | null {
    return this.#complete(this.#bytes).at(-1) ?? null;
  }

  #complete(counts: ArrayLike<number>): number[] {
    this.#move();
    const from = Math.max(this.#first, this.#step - historySteps + 1);
    const rates: number[] = [];
    for (let step = from; step < this.#step; step++)
      rates.push((counts[step % historySteps] as number) / (historyStep / 1000));
    return rates;
  }

  #move(): void {
    const now = Math.floor(this.#clock.now() / historyStep);
    // Each step that begins takes the place of the oldest one. A clock that was set back stays where it is.
    for (let step = Math.max(this.#step + 1, now - historySteps + 1); step <= now; step++) {
      this.#events[step % historySteps] = 0;
      this.#bytes[step % historySteps] = 0;
    }
    if (now > this.#step) this.#step = now;
  }
}
