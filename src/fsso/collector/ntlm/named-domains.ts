/**
 * The domain that a client at an address named last, so that its next challenge is in the name of that one. Beyond `most` those that
 * named theirs first are forgotten.
 */
export class NamedDomains {
  readonly #most: number;
  readonly #byAddress = new Map<string, string>();

  constructor(most: number) {
    this.#most = most;
  }

  at(address: string): string | null {
    return this.#byAddress.get(address) ?? null;
  }

  keep(address: string, domain: string): void {
    this.#byAddress.delete(address);
    this.#byAddress.set(address, domain);
    // Maps keep the order of entry, so the first is the oldest.
    const [oldest = ''] = this.#byAddress.keys();
    if (this.#byAddress.size > this.#most) this.#byAddress.delete(oldest);
  }
}
