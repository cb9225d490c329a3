import { readIpv4, readIpv6 } from '../../wire/address.ts';

/** What one value of `networkAddress` names: addresses of the Internet, or of networks that are none of our business. */
export type NetworkAddress =
  | { readonly kind: 'ipv4' | 'ipv6'; readonly address: string }
  /** IPX, AppleTalk, Ethernet … */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' };

const hash = 0x23;
/** Bytes of the port before an address. */
const portBytes = 2;

/** Types of eDirectory's network addresses that carry one of the Internet (docs/protocol/fsso.md, eDirectory). */
const types: Readonly<Record<number, { kind: 'ipv4' | 'ipv6'; skip: number }>> = {
  1: { kind: 'ipv4', skip: 0 }, // IP, of 8.7 and older
  8: { kind: 'ipv4', skip: portBytes }, // UDP
  9: { kind: 'ipv4', skip: portBytes }, // TCP
  10: { kind: 'ipv6', skip: portBytes }, // UDP over IPv6
  11: { kind: 'ipv6', skip: portBytes }, // TCP over IPv6
};

const bytesOf = { ipv4: 4, ipv6: 16 } as const;

/** Reads a value: the type in decimal digits, `#`, then its bytes, of which any may be a `#` too. */
export function readNetworkAddress(value: Buffer): NetworkAddress {
  const mark = value.indexOf(hash);
  const type = value.subarray(0, mark).toString('latin1');
  if (mark < 1 || !/^\d{1,3}$/.test(type)) return { kind: 'unreadable' };
  const known = types[Number(type)];
  if (!known) return { kind: 'other' };
  const { kind, skip } = known;
  const start = mark + 1 + skip;
  // Nothing may stand behind the address: a longer value is another one than it says.
  if (value.length !== start + bytesOf[kind]) return { kind: 'unreadable' };
  return { kind, address: kind === 'ipv4' ? readIpv4(value, start) : readIpv6(value, start) };
}

/** Addresses at which nobody can be: eDirectory writes them where it does not know better. */
const nowhere = new Set(['0.0.0.0', '255.255.255.255', '::']);

export const isSomewhere = (address: string) => !nowhere.has(address);

/** Unix seconds of a time as LDAP writes it (`20261122140000Z`, fractions and offsets too); null for what is none. */
export function readGeneralizedTime(text: string): number | null {
  const [, year, month, day, hour, minute, second, zone] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)$/.exec(text) ?? [];
  if (year === undefined || zone === undefined) return null;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}${offset}`);
  return Number.isNaN(ms) || ms < 0 ? null : Math.floor(ms / 1000);
}
