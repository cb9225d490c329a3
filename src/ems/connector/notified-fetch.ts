import type { Clock, Timer } from '../../clock.ts';
import type { Turn } from './turn.ts';

/** EMS said that something changed: it is fetched at once, or after what runs and the least pause (Timers). */
export class NotifiedFetch {
  readonly #clock: Clock;
  readonly #leastPause: number;
  readonly #turn: Turn;
  readonly #fetch: () => void;
  #waiting: Timer | null = null;
  #isStopped = false;
  #last = Number.NEGATIVE_INFINITY;

  /** `leastPause` in milliseconds, between two fetches. */
  constructor(clock: Clock, leastPause: number, turn: Turn, fetch: () => void) {
    this.#clock = clock;
    this.#leastPause = leastPause;
    this.#turn = turn;
    this.#fetch = fetch;
  }

  ask(): void {
    if (this.#isStopped || this.#waiting) return;
    const again = () => {
      this.#waiting = null;
      this.ask();
    };
    if (this.#turn.isTaken) {
      this.#waiting = { cancel: () => undefined };
      void this.#turn.done.then(again);
      return;
    }
    const now = this.#clock.now();
    const wait = this.#last + this.#leastPause - now;
    if (wait > 0) {
      this.#waiting = this.#clock.after(wait, again);
      return;
    }
    this.#last = now;
    this.#fetch();
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting?.cancel();
  }
}
