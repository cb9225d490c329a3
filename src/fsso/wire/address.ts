import { isIPv4, isIPv6 } from 'node:net';
import { EncodeError } from './element.ts';

/** Dotted text of the four bytes at `at`. */
export function readIpv4(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The address as an unsigned number in network order. Throws EncodeError, naming `field`. */
export function ipv4ToNumber(text: string, field: string): number {
  if (!isIPv4(text)) throw new EncodeError(field, `${JSON.stringify(text)} is not an IPv4 address`);
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Text of the 16 bytes at `at`, as RFC 5952 writes it. */
export function readIpv6(bytes: Buffer, at: number): string {
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) groups.push(bytes.readUInt16BE(at + index).toString(16));
  let longest = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > longest.length) longest = { start, length };
    start += length;
  }
  if (longest.length === 1) return groups.join(':');
  const { start, length } = longest;
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** The 16 bytes of an IPv6 address without zone. Throws EncodeError, naming `field`. */
export function ipv6ToBytes(text: string, field: string): Buffer {
  if (!isIPv6(text) || text.includes('%'))
    throw new EncodeError(field, `${JSON.stringify(text)} is not an IPv6 address`);
  const dotted = /(.*:)([\d.]+)$/.exec(text);
  let plain = text;
  if (dotted?.[2]?.includes('.')) {
    const value = ipv4ToNumber(dotted[2], field);
    plain = `${dotted[1]}${Math.floor(value / 0x10000).toString(16)}:${(value % 0x10000).toString(16)}`;
  }
  const [left = '', right] = plain.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const bytes = Buffer.alloc(16);
  head.forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  tail.forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 16 - (tail.length - index) * 2);
  });
  return bytes;
}
