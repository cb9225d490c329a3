import { BlockList, isIP } from 'node:net';
import { mostVerdicts } from './limits.ts';

/** An IPv4 address that arrived over an IPv6 socket, as the IPv4 address that it is. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** The sources that datagrams are taken from (docs/protocol/fsso.md, Datagrams). */
export class AllowList {
  readonly #networks = new BlockList();
  readonly #any: boolean;
  readonly #verdicts = new Map<string, boolean>();

  /**
   * @param entries addresses and networks (`10.0.0.0/24`); null allows every source, an empty list none
   * @throws RangeError for an entry that is neither
   */
  constructor(entries: readonly string[] | null) {
    this.#any = entries === null;
    for (const entry of entries ?? []) {
      const [address = '', prefix] = entry.split('/');
      const version = isIP(address);
      const bits = version === 4 ? 32 : 128;
      const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
      if (version === 0 || !(length <= bits))
        throw new RangeError(`${entry} is neither an address nor a network such as 10.0.0.0/24`);
      this.#networks.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** `address` as `plainAddress` gives it. */
  allows(address: string): boolean {
    if (this.#any) return true;
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    const version = isIP(address);
    const verdict = version !== 0 && this.#networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
    if (this.#verdicts.size >= mostVerdicts) this.#verdicts.clear();
    this.#verdicts.set(address, verdict);
    return verdict;
  }
}
