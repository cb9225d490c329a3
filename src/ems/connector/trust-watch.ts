import type { Timer } from '../../clock.ts';
import type { EmsTarget } from '../examine.ts';

/** Tells when what concerns one connector in the trust store is not as it was at the last try. */
export class TrustWatch {
  readonly #target: EmsTarget;
  readonly #changed: () => void;
  #timer: Timer | null = null;
  #unsubscribe: () => void = () => {};
  #seen = '';

  constructor(target: EmsTarget, changed: () => void) {
    this.#target = target;
    this.#changed = changed;
  }

  start(): void {
    const { trust, clock, device } = this.#target;
    this.#unsubscribe = trust.onChange(() => {
      if (this.#key() !== this.#seen) this.#changed();
    });
    this.#timer = clock.every(device.profile.timers.trustStoreEvery, () => trust.refresh());
  }

  stop(): void {
    this.#unsubscribe();
    this.#timer?.cancel();
  }

  /** What is there now is made use of. */
  mark(): void {
    this.#seen = this.#key();
  }

  #key(): string {
    const { trust, name } = this.#target;
    const cas = trust.cas().map((der) => der.toString('latin1'));
    // The tenant is kept with a pin once it is known, and decides nothing.
    const pin = trust.pin(name);
    return JSON.stringify([pin && { ...pin, tenantId: null }, ...cas]);
  }
}
