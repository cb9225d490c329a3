/** Whether the address in a text lies in a network or range; no allocation, so that 300,000 rows are nothing. */
export type AddressTest = (text: string) => boolean;

const words = 4;
const scratch = new Uint32Array(words);
const groups = new Uint16Array(8);

/** An IPv4 address as a number, or -1 where the text is none. */
export function ipv4Number(text: string, from = 0, to = text.length): number {
  if (to - from < 7 || to - from > 15) return -1;
  let number = 0;
  let octet = -1;
  let dots = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (octet < 0) return -1;
      number = number * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (code >= 48 && code <= 57 && octet !== 0) {
      octet = (octet < 0 ? 0 : octet) * 10 + code - 48;
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? number * 256 + octet : -1;
}

/** Reads an IPv6 address, without its zone, into four 32-bit words; false where the text is none. */
export function readIpv6(text: string, into: Uint32Array): boolean {
  const zone = text.indexOf('%');
  const end = zone < 0 ? text.length : zone;
  if (end < 2 || zone === text.length - 1) return false;
  let count = 0;
  let gap = -1;
  let at = 0;
  if (text.charCodeAt(0) === 58) {
    if (text.charCodeAt(1) !== 58) return false;
    gap = 0;
    at = 2;
  }
  while (at < end) {
    if (count > 7) return false;
    const start = at;
    let group = 0;
    let digit = hexDigit(text.charCodeAt(at));
    while (at < end && digit >= 0) {
      group = group * 16 + digit;
      at += 1;
      digit = hexDigit(text.charCodeAt(at));
    }
    if (at < end && text.charCodeAt(at) === 46) {
      const ipv4 = count > 6 ? -1 : ipv4Number(text, start, end);
      if (ipv4 < 0) return false;
      groups[count] = ipv4 >>> 16;
      groups[count + 1] = ipv4 & 0xffff;
      count += 2;
      break;
    }
    if (at === start || at - start > 4) return false;
    groups[count] = group;
    count += 1;
    if (at === end) break;
    if (text.charCodeAt(at) !== 58) return false;
    at += 1;
    if (at === end) return false;
    if (text.charCodeAt(at) === 58) {
      if (gap >= 0) return false;
      gap = count;
      at += 1;
    }
  }
  if (gap < 0 ? count !== 8 : count > 7) return false;
  spreadGroups(into, count, gap);
  return true;
}

function spreadGroups(into: Uint32Array, count: number, gap: number): void {
  const missing = 8 - count;
  for (let word = 0; word < words; word += 1) {
    into[word] = groupAt(word * 2, gap, missing) * 0x1_0000 + groupAt(word * 2 + 1, gap, missing);
  }
}

function groupAt(place: number, gap: number, missing: number): number {
  if (gap < 0 || place < gap) return groups[place] as number;
  return place < gap + missing ? 0 : (groups[place - missing] as number);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** An IPv4 address of a text, also one written as IPv6 (`::ffff:10.0.0.1`); -1 where it is none. */
function ipv4Of(text: string): number {
  const number = ipv4Number(text);
  if (number >= 0 || text.charCodeAt(0) !== 58 || !readIpv6(text, scratch)) return number;
  return scratch[0] === 0 && scratch[1] === 0 && scratch[2] === 0xffff ? (scratch[3] as number) : -1;
}

function isWithin(first: Uint32Array, last: Uint32Array): boolean {
  return compare(first, scratch) <= 0 && compare(scratch, last) <= 0;
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let word = 0; word < words; word += 1) {
    const difference = (a[word] as number) - (b[word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

const noAddress = 'expected an address such as 10.1.2.3 or fe80::1';

/**
 * The test for one address, a network (`10.1.0.0/16`) or a range (`10.1.2.3-10.1.2.9`); an address matches however it
 * is written. A reason where it is none of them, with the place in the text where it went wrong.
 */
export function addressTest(text: string): AddressTest | { readonly at: number; readonly reason: string } {
  const slash = text.indexOf('/');
  if (slash >= 0) return networkTest(text, slash);
  const dash = text.indexOf('..') >= 0 ? text.indexOf('..') : text.indexOf('-');
  if (dash < 0) return rangeTest(text, text, 0);
  const second = dash + (text[dash] === '.' ? 2 : 1);
  return rangeTest(text.slice(0, dash), text.slice(second), second);
}

function rangeTest(from: string, to: string, at: number): ReturnType<typeof addressTest> {
  const first = ipv4Of(from);
  if (first >= 0) {
    const last = ipv4Of(to);
    if (last < 0) return { at, reason: noAddress };
    if (last < first) return { at, reason: 'the range ends before it begins' };
    return (text) => {
      const number = ipv4Of(text);
      return number >= first && number <= last;
    };
  }
  const low = new Uint32Array(words);
  const high = new Uint32Array(words);
  if (!readIpv6(from, low)) return { at: 0, reason: noAddress };
  if (!readIpv6(to, high)) return { at, reason: noAddress };
  if (compare(high, low) < 0) return { at, reason: 'the range ends before it begins' };
  return (text) => readIpv6(text, scratch) && isWithin(low, high);
}

function networkTest(text: string, slash: number): ReturnType<typeof addressTest> {
  const address = text.slice(0, slash);
  const digits = text.slice(slash + 1);
  const bits = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  const ipv4 = ipv4Number(address);
  const most = ipv4 >= 0 ? 32 : 128;
  const low = new Uint32Array(words);
  if (ipv4 < 0 && !readIpv6(address, low)) return { at: 0, reason: noAddress };
  if (!(bits <= most)) return { at: slash + 1, reason: `expected 0 to ${most} bits after the slash` };
  if (ipv4 >= 0) {
    const size = 2 ** (32 - bits);
    const first = Math.floor(ipv4 / size) * size;
    return (each) => {
      const number = ipv4Of(each);
      return number >= first && number < first + size;
    };
  }
  const high = new Uint32Array(words);
  for (let word = 0; word < words; word += 1) {
    const kept = Math.min(32, Math.max(0, bits - word * 32));
    const mask = kept === 0 ? 0 : (0xffff_ffff << (32 - kept)) >>> 0;
    low[word] = ((low[word] as number) & mask) >>> 0;
    high[word] = ((low[word] as number) | ~mask) >>> 0;
  }
  return (each) => readIpv6(each, scratch) && isWithin(low, high);
}
