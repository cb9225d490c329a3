import type { Clock } from '../../../clock.ts';

/** Who has shown at an address who they are, until when. */
export interface Admission {
  readonly user: string;
  readonly domain: string;
  readonly isGuest: boolean;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Addresses that one `Admitted` holds. */
export const mostAdmitted = 100_000;

/** Addresses that are let through without asking, each until its time is over; those that came first go first beyond `most`. */
export class Admitted {
  readonly #clock: Clock;
  readonly #lastsMs: number;
  readonly #most: number;
  readonly #byAddress = new Map<string, Admission>();

  /** @param lastsMs how long one admission holds: FortiOS' `authtimeout` */
  constructor(clock: Clock, lastsMs: number, most: number) {
    this.#clock = clock;
    this.#lastsMs = lastsMs;
    this.#most = most;
  }

  /** Those whose time is not over. */
  get size(): number {
    this.#forget();
    return this.#byAddress.size;
  }

  admit(address: string, user: string, domain: string, isGuest: boolean): void {
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { user, domain, isGuest, until: this.#clock.now() + this.#lastsMs });
    this.#forget();
  }

  #forget(): void {
    // All last equally long, and maps keep the order of entry: the first ends first.
    for (const [oldest, { until }] of this.#byAddress) {
      if (until > this.#clock.now() && this.#byAddress.size <= this.#most) return;
      this.#byAddress.delete(oldest);
    }
  }

  at(address: string): Admission | null {
    const found = this.#byAddress.get(address);
    if (!found) return null;
    if (found.until > this.#clock.now()) return found;
    this.#byAddress.delete(address);
    return null;
  }
}
