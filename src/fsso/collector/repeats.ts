import type { Clock } from '../../clock.ts';
import { mostRepeats, repeatPause } from './limits.ts';

/** Lets one event of a kind through in each pause and counts the others, so that a storm cannot fill a log. */
export class Repeats {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { until: number; held: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** null when the event is to be held back; else how many of its kind were held back before it. */
  pass(kind: string): number | null {
    const now = this.#clock.now();
    const seen = this.#seen.get(kind);
    if (seen && now < seen.until) {
      seen.held += 1;
      return null;
    }
    if (!seen && this.#seen.size >= mostRepeats) this.#forget(now);
    // Every further kind shares one place, because kinds carry addresses that a peer can invent.
    if (!seen && this.#seen.size >= mostRepeats && kind !== '') return this.pass('');
    this.#seen.set(kind, { until: now + repeatPause, held: 0 });
    return seen?.held ?? 0;
  }

  #forget(now: number): void {
    for (const [kind, seen] of this.#seen) if (now >= seen.until) this.#seen.delete(kind);
  }
}
