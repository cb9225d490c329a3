import { BlockList, isIP } from 'node:net';
import { addressRange } from '../../address-ranges.ts';
import type { AddressObject, Policy } from './model.ts';

/** Whether traffic fits a part of a policy: `unknown` where that is not told, or was not asked. */
export type Fit = 'match' | 'no' | 'unknown';

/** How traffic fits, and why; the reason names what did not fit, or is not known. */
export interface Fitting {
  readonly fit: Fit;
  readonly because: string;
}

/** Groups of addresses in groups of addresses; deeper ones are taken as not known. */
const deepest = 8;

/** Address objects by name, for the policies of one VDOM. */
export class AddressBook {
  readonly #objects = new Map<string, AddressObject[]>();

  constructor(objects: readonly AddressObject[]) {
    for (const object of objects) {
      const known = this.#objects.get(object.name);
      if (known) known.push(object);
      else this.#objects.set(object.name, [object]);
    }
  }

  /**
   * Whether an address is among those that a policy names; a null address is one that is not known, and only `all` fits it.
   * `what` says whose address it is, for the reason.
   */
  fits(
    ip: string | null,
    names: readonly string[],
    negated: boolean,
    vdom: string | null,
    what: string,
  ): Fitting {
    let unknown: string | null = null;
    for (const name of names) {
      const found = name === 'all' ? 'match' : ip === null ? 'unknown' : this.#holds(name, ip, vdom, 0);
      if (found === 'match')
        return negated
          ? {
              fit: 'no',
              because: `every ${what} but ${list(names)}, and ${ip ?? 'every address'} is one of them`,
            }
          : { fit: 'match', because: `${what} ${name}` };
      if (found === 'unknown') unknown ??= name;
    }
    if (unknown !== null) {
      const why = ip === null ? `the ${what} is not said` : `what ${unknown} stands for is not known here`;
      return { fit: 'unknown', because: `${what} ${negated ? 'not ' : ''}${list(names)}: ${why}` };
    }
    if (negated) return { fit: 'match', because: `${what} is none of ${list(names)}` };
    return { fit: 'no', because: `${what} ${ip ?? ''} is not in ${list(names)}` };
  }

  #holds(name: string, ip: string, vdom: string | null, depth: number): Fit {
    if (name === 'all') return 'match';
    if (name === 'none') return 'no';
    const object = this.#named(name, vdom);
    if (object === undefined) {
      const range = addressRange(name);
      return range === null ? 'unknown' : isWithin(range, ip);
    }
    if (depth >= deepest) return 'unknown';
    let fit: Fit = object.ranges.length + object.members.length > 0 ? 'no' : 'unknown';
    for (const part of [
      ...object.ranges.map((range) => isWithin(range, ip)),
      ...object.members.map((member) => this.#holds(member, ip, vdom, depth + 1)),
    ]) {
      if (part === 'match') return 'match';
      if (part === 'unknown') fit = 'unknown';
    }
    return fit;
  }

  #named(name: string, vdom: string | null): AddressObject | undefined {
    const named = this.#objects.get(name) ?? [];
    return (
      named.find((each) => each.vdom === vdom) ?? named.find((each) => each.vdom === null || vdom === null)
    );
  }
}

/** Whether an address lies in `network/bits`, `first-last` or is the one that is named. */
function isWithin(range: string, ip: string): Fit {
  const [first = '', last] = range.split(/[/-]/, 2);
  const family = isIP(first) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(first) === 0) return 'unknown';
  const block = new BlockList();
  try {
    if (last === undefined) block.addAddress(first, family);
    else if (range.includes('/')) block.addSubnet(first, Number(last), family);
    else block.addRange(first, last, family);
  } catch {
    // Bits out of their range, or a range that ends before it begins.
    return 'unknown';
  }
  // Of its own kind only: to a block list, every IPv4 address also is an IPv6 one.
  return isIP(ip) === isIP(first) && block.check(ip, family) ? 'match' : 'no';
}

/** Whether an interface is among those of a policy; one that is not said is taken to fit. */
export function fitsInterface(name: string | null, names: Policy['sourceInterfaces'], what: string): Fitting {
  if (name === null || names.includes('any') || names.includes(name))
    return { fit: 'match', because: `${what} ${name ?? 'is taken to fit'}` };
  return { fit: 'no', because: `${what} ${name} is not ${list(names)}` };
}

/** Names as a sentence has them; a long list is cut. */
export function list(names: readonly string[], most = 4): string {
  if (names.length === 0) return 'nothing';
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
