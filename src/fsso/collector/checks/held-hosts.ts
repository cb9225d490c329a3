import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import { firstHostPause, longestHostPause, mostHeldHosts } from '../limits.ts';

interface Held {
  readonly problem: Problem;
  readonly since: number;
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

  /**
   * Why a machine is not asked now; null where it is.
   * @param heardOf when somebody was last reported there: who logs on has switched the machine on, or has its address now
   */
  problemOf(host: string, heardOf: number): Problem | null {
    const held = this.#held.get(host);
    if (held === undefined || held.since < heardOf) return null;
    return this.#clock.now() < held.until ? held.problem : null;
  }

  failed(host: string, problem: Problem): void {
    const before = this.#held.get(host);
    const pause = before === undefined ? firstHostPause : Math.min(before.pause * 2, longestHostPause);
    this.#held.delete(host);
    const since = this.#clock.now();
    this.#held.set(host, { problem, pause, since, until: since + pause });
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostHeldHosts && oldest !== undefined) this.#held.delete(oldest);
  }

  answered(host: string): void {
    this.#held.delete(host);
  }
}
