import { AddressRanges } from './address-ranges.ts';
import { mostVerdicts } from './limits.ts';

/** An IPv4 address that arrived over an IPv6 socket, as the IPv4 address that it is. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** The sources that datagrams are taken from (docs/protocol/fsso.md, Datagrams). */
export class AllowList {
  readonly #networks: AddressRanges;
  readonly #any: boolean;
  readonly #verdicts = new Map<string, boolean>();

  /**
   * @param entries addresses and networks (`10.0.0.0/24`); null allows every source, an empty list none
   * @throws RangeError for an entry that is neither
   */
  constructor(entries: readonly string[] | null) {
    this.#any = entries === null;
    this.#networks = new AddressRanges(entries ?? []);
  }

  /** `address` as `plainAddress` gives it. */
  allows(address: string): boolean {
    if (this.#any) return true;
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    const verdict = this.#networks.has(address);
    if (this.#verdicts.size >= mostVerdicts) this.#verdicts.clear();
    this.#verdicts.set(address, verdict);
    return verdict;
  }
}
