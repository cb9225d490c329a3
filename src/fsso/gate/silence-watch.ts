import type { Clock, Timer } from '../../clock.ts';

/** Tells when a collector has said nothing for too long. */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #lastHeard: () => number;
  readonly #silent: () => void;
  #timer: Timer | null = null;

  /** `lastHeard`: when the last byte came, milliseconds since the epoch; `silent` is called once. */
  constructor(clock: Clock, limitMs: number, lastHeard: () => number, silent: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#lastHeard = lastHeard;
    this.#silent = silent;
  }

  start(): void {
    this.#wait(this.#limitMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(ms: number): void {
    this.stop();
    this.#timer = this.#clock.after(ms, () => {
      // A program that was busy or suspended has bytes waiting: they are read before this second, immediate timer.
      this.#timer = this.#clock.after(0, () => {
        const left = this.#lastHeard() + this.#limitMs - this.#clock.now();
        if (left > 0) this.#wait(left);
        else this.#silent();
      });
    });
  }
}
