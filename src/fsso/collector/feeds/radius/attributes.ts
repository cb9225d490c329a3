import type { RadiusAttribute, RadiusPacket } from './packet.ts';

// Attributes that accounting carries (RFC 2865, 2866, 2869, 3162, 6911), and Fortinet's own ones.

const types = {
  userName: 1,
  nasAddress: 4,
  framedAddress: 8,
  class: 25,
  vendorSpecific: 26,
  nasIdentifier: 32,
  statusType: 40,
  delayTime: 41,
  sessionId: 44,
  sessionTime: 46,
  eventTimestamp: 55,
  nasIpv6Address: 95,
  framedInterfaceId: 96,
  framedIpv6Prefix: 97,
  framedIpv6Address: 168,
} as const;

/** Fortinet's number as a vendor, and its attribute with the name of a group. */
export const fortinet = { vendor: 12356, groupName: 1 } as const;

export type AccountingStatus = 'start' | 'stop' | 'interim' | 'on' | 'off' | 'other';

const statusOf: Readonly<Record<number, AccountingStatus>> = {
  1: 'start',
  2: 'stop',
  3: 'interim',
  7: 'on',
  8: 'off',
};

/** What an Accounting-Request says of a session; null is what it leaves out. Texts are not safe yet. */
export interface Accounting {
  readonly status: AccountingStatus;
  readonly userName: string | null;
  /** The user's IPv4 address; null too where the server or the user was to choose it. */
  readonly ip: string | null;
  /** Its IPv6 address, or the prefix that it was given. */
  readonly ip6: string | null;
  /** What the network access server calls itself, or its address. */
  readonly nas: string | null;
  readonly sessionId: string | null;
  /** Texts of the attribute Class that are text; servers put what they like into it. */
  readonly classes: readonly string[];
  /** Fortinet-Group-Name. */
  readonly groupNames: readonly string[];
  /** Unix seconds. */
  readonly eventTime: number | null;
  /** Seconds that the server has tried to send this. */
  readonly delay: number;
  /** Seconds since the session began. */
  readonly sessionTime: number;
}

/** Reads what it knows; an attribute of a wrong size is as if it were not there. */
export function readAccounting(packet: RadiusPacket): Accounting {
  const all = (type: number) =>
    packet.attributes.filter((each) => each.type === type).map(({ value }) => value);
  const first = (type: number) => all(type)[0];
  const number = (type: number) => {
    const value = first(type);
    return value?.length === 4 ? value.readUInt32BE(0) : null;
  };
  return {
    status: statusOf[number(types.statusType) ?? 0] ?? 'other',
    userName: textOf(first(types.userName)),
    ip: framedAddress(first(types.framedAddress)),
    ip6: framedIpv6(
      first(types.framedIpv6Address),
      first(types.framedIpv6Prefix),
      first(types.framedInterfaceId),
    ),
    nas:
      textOf(first(types.nasIdentifier)) ??
      ipv4Of(first(types.nasAddress)) ??
      ipv6Of(first(types.nasIpv6Address)),
    sessionId: textOf(first(types.sessionId)),
    classes: all(types.class)
      .map(textOf)
      .filter((text) => text !== null),
    groupNames: all(types.vendorSpecific).flatMap(fortinetGroups),
    eventTime: number(types.eventTimestamp),
    delay: number(types.delayTime) ?? 0,
    sessionTime: number(types.sessionTime) ?? 0,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells octets from text
const control = /[\x00-\x1f\x7f]/;

/** Printable UTF-8, not empty; some servers end texts with a zero octet. */
function textOf(value: Buffer | undefined): string | null {
  if (value === undefined) return null;
  try {
    const text = utf8.decode(value).replace(/\0+$/, '');
    return text === '' || control.test(text) ? null : text;
  } catch {
    return null;
  }
}

function ipv4Of(value: Buffer | undefined): string | null {
  return value?.length === 4 ? value.join('.') : null;
}

/** 255.255.255.255 leaves the choice to the user, 255.255.255.254 to the server (RFC 2865 section 5.8). */
function framedAddress(value: Buffer | undefined): string | null {
  const address = ipv4Of(value);
  return address === '255.255.255.255' || address === '255.255.255.254' || address === '0.0.0.0'
    ? null
    : address;
}

function ipv6Of(value: Buffer | undefined): string | null {
  if (value?.length !== 16) return null;
  const words = Array.from({ length: 8 }, (_, at) => value.readUInt16BE(2 * at).toString(16));
  // The URL parser knows the short form of RFC 5952.
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1);
}

function framedIpv6(
  address: Buffer | undefined,
  prefix: Buffer | undefined,
  interfaceId: Buffer | undefined,
): string | null {
  const whole = ipv6Of(address);
  if (whole !== null || prefix === undefined || prefix.length < 2 || prefix.length > 18) return whole;
  const bits = prefix[1] as number;
  const octets = Buffer.alloc(16);
  prefix.copy(octets, 0, 2);
  if (bits > 128 || prefix.length - 2 < Math.ceil(bits / 8)) return null;
  if (bits <= 64 && interfaceId?.length === 8) {
    interfaceId.copy(octets, 8);
    return ipv6Of(octets);
  }
  const network = ipv6Of(octets);
  return bits === 128 ? network : `${network}/${bits}`;
}

function fortinetGroups(value: Buffer): string[] {
  if (value.length < 4 || value.readUInt32BE(0) !== fortinet.vendor) return [];
  const groups: string[] = [];
  for (let at = 4; at + 2 <= value.length; ) {
    const size = value[at + 1] as number;
    if (size < 2 || at + size > value.length) break;
    if (value[at] === fortinet.groupName) {
      const name = textOf(value.subarray(at + 2, at + size));
      if (name !== null) groups.push(name);
    }
    at += size;
  }
  return groups;
}

/** The attribute with a text, a number or an address, for those who make packets. */
export const radiusAttribute = {
  userName: (text: string): RadiusAttribute => ({ type: types.userName, value: Buffer.from(text) }),
  status: (status: number): RadiusAttribute => ({ type: types.statusType, value: word(status) }),
  framedAddress: (ip: string): RadiusAttribute => ({
    type: types.framedAddress,
    value: Buffer.from(ip.split('.').map(Number)),
  }),
  sessionId: (text: string): RadiusAttribute => ({ type: types.sessionId, value: Buffer.from(text) }),
} as const;

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
