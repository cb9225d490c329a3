import { bitsOf, CertificateError, type Der, expectUniversal, isContext, isUniversal, tags } from './der.ts';
import { numberText, primitiveOf } from './general-names.ts';

// Address families and what follows them (RFC 3779, 2.2.3.3; IANA's registries of AFI and SAFI).
const ipv4 = 1;
const ipv6 = 2;
const familyNames: Readonly<Record<number, string>> = { [ipv4]: 'IPv4', [ipv6]: 'IPv6' };
const subsequentNames: Readonly<Record<number, string>> = {
  1: 'Unicast',
  2: 'Multicast',
  3: 'Unicast/Multicast',
  4: 'MPLS',
  64: 'Tunnel',
  65: 'VPLS',
  66: 'BGP MDT',
  128: 'MPLS-labeled VPN',
};

/** Blocks of IP addresses that a holder may use (RFC 3779, 2), a block of lines for each family. */
export function addressBlocksText(value: Der): string[] {
  return expectUniversal(value, tags.sequence, 'the address blocks').children.flatMap((family) => {
    const [type, choice] = expectUniversal(family, tags.sequence, 'an address family').children;
    const octets = primitiveOf(type, tags.octetString, 'an address family');
    const afi = octets.length < 2 ? 0 : octets.readUInt16BE(0);
    const safi = octets[2];
    const name = familyNames[afi] ?? `Unknown AFI ${afi}`;
    const more = safi === undefined ? '' : ` (${subsequentNames[safi] ?? `Unknown SAFI ${safi}`})`;
    if (isUniversal(choice, tags.null)) return [`${name}${more}: inherit`];
    const all = expectUniversal(choice, tags.sequence, 'the addresses').children;
    return [`${name}${more}:`, ...all.map((each) => `  ${addressOrRangeText(each, afi)}`)];
  });
}

function addressOrRangeText(value: Der, afi: number): string {
  if (isUniversal(value, tags.bitString)) {
    const { unused, bits } = bitsOf(value.bytes);
    return `${boundText(value, afi, 0x00)}/${bits.length * 8 - unused}`;
  }
  const [first, last] = expectUniversal(value, tags.sequence, 'a range of addresses').children;
  return `${boundText(first, afi, 0x00)}-${boundText(last, afi, 0xff)}`;
}

/** An address whose left-out bits are `fill`. */
function boundText(value: Der | undefined, afi: number, fill: number): string {
  const { unused, bits } = bitsOf(primitiveOf(value, tags.bitString, 'an address'));
  if (afi !== ipv4 && afi !== ipv6)
    return `${Array.from(bits, (octet) => octet.toString(16).padStart(2, '0')).join(':')}[${unused}]`;
  const length = afi === ipv4 ? 4 : 16;
  if (bits.length > length) throw new CertificateError('an address is too long');
  const octets = Buffer.alloc(length, fill);
  bits.copy(octets);
  const last = bits.length - 1;
  if (unused > 0) {
    const mask = 0xff >> (8 - unused);
    octets[last] = fill === 0 ? (bits[last] ?? 0) & ~mask : (bits[last] ?? 0) | mask;
  }
  return afi === ipv4 ? octets.join('.') : ipv6Text(octets);
}

// OpenSSL abbreviates zeros at the end of an address here, and no others.
function ipv6Text(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16));
  while (groups.at(-1) === '0') groups.pop();
  if (groups.length === 8) return groups.join(':');
  return groups.length === 0 ? '::' : `${groups.join(':')}::`;
}

const choices: readonly (readonly [tag: number, text: string])[] = [
  [0, 'Autonomous System Numbers'],
  [1, 'Routing Domain Identifiers'],
];

/** Numbers of autonomous systems that a holder may use (RFC 3779, 3). */
export function systemNumbersText(value: Der): string[] {
  const parts = expectUniversal(value, tags.sequence, 'the system numbers').children;
  return choices.flatMap(([tag, text]) => {
    const part = parts.find((each) => isContext(each, tag));
    if (part === undefined) return [];
    const [choice] = part.children;
    if (isUniversal(choice, tags.null)) return [`${text}:`, '  inherit'];
    const all = expectUniversal(choice, tags.sequence, 'the numbers').children;
    return [`${text}:`, ...all.map((each) => `  ${numberOrRangeText(each)}`)];
  });
}

function numberOrRangeText(value: Der): string {
  if (isUniversal(value, tags.integer)) return numberText(value.bytes);
  const [first, last] = expectUniversal(value, tags.sequence, 'a range of numbers').children;
  const [from, to] = [first, last].map((each) => numberText(primitiveOf(each, tags.integer, 'a number')));
  return `${from}-${to}`;
}
