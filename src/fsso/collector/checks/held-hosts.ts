import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import { firstHostPause, longestHostPause, mostHeldHosts } from '../limits.ts';

interface Held {
  readonly problem: Problem;
  readonly until: number;
  readonly pause: number;
}

/**
 * Machines that could not be asked, and are left alone for a while, the longer the more often they could not: those that are off
 * would else take up the time of those that answer (docs/cli.md, Workstation check).
 */
export class HeldHosts {
  readonly #clock: Clock;
  /** The one that failed longest ago first. */
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why a machine is not asked now; null where it is. */
  problemOf(host: string): Problem | null {
    const held = this.#held.get(host);
    return held !== undefined && this.#clock.now() < held.until ? held.problem : null;
  }

  failed(host: string, problem: Problem): void {
    const before = this.#held.get(host);
    const pause = before === undefined ? firstHostPause : Math.min(before.pause * 2, longestHostPause);
    this.#held.delete(host);
    this.#held.set(host, { problem, pause, until: this.#clock.now() + pause });
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostHeldHosts && oldest !== undefined) this.#held.delete(oldest);
  }

  answered(host: string): void {
    this.#held.delete(host);
  }
}
