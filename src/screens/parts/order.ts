import type { Order } from '../../state/sorted-index.ts';

/** Ascending by a text or number of the row; what is not known comes last. */
export function by<T>(key: (row: T) => string | number | null): Order<T> {
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    if (left === right) return 0;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -1 : 1;
  };
}

const keys = new Map<string, string>();
const mostKeys = 200_000;

/** A text that sorts addresses as numbers: IPv4 before all others. Kept, because a sort asks for each many times. */
export function addressKey(address: string): string {
  const known = keys.get(address);
  if (known !== undefined) return known;
  const octets = address.split('.');
  const key = octets.length === 4 ? octets.map((octet) => octet.padStart(3, '0')).join('.') : `:${address}`;
  if (keys.size >= mostKeys) keys.clear();
  keys.set(address, key);
  return key;
}
