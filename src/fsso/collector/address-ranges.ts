import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses, networks (`10.0.0.0/24`) and ranges (`10.0.0.10-10.0.0.20`). */
export class AddressRanges {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** @throws RangeError for an entry that is none of these, in one line */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries) this.#add(entry);
  }

  has(address: string): boolean {
    if (this.#isEmpty) return false;
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }

  #add(entry: string): void {
    const range = entry.split('-');
    const [first = '', last = ''] = range;
    if (range.length === 2 && isIPv4(first) && isIPv4(last)) {
      try {
        this.#list.addRange(first, last);
        return;
      } catch {
        throw new RangeError(`${entry} begins behind its end`);
      }
    }
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || !(length <= bits))
      throw new RangeError(`${entry} is neither an address nor a network such as 10.0.0.0/24`);
    this.#list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
}
