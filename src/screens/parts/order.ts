import type { Order, SortKey } from '../../state/order.ts';

/** Ascending by a text or number of the row; what is not known comes last. */
export function by<T>(key: (row: T) => SortKey): Order<T> {
  return { key };
}

const zero = 48;
const dot = 46;

/** Orders addresses as numbers, IPv4 before all others. Makes no text: a table asks for it millions of times. */
export function addressKey(address: string): number | string {
  let value = 0;
  let octet = -1;
  let octets = 1;
  for (let at = 0; at < address.length; at += 1) {
    const digit = address.charCodeAt(at) - zero;
    if (digit >= 0 && digit <= 9) octet = Math.max(0, octet) * 10 + digit;
    else if (digit === dot - zero && octet >= 0) {
      value = value * 256 + octet;
      octet = -1;
      octets += 1;
    } else return address;
    if (octet > 255) return address;
  }
  return octets === 4 && octet >= 0 ? value * 256 + octet : address;
}
