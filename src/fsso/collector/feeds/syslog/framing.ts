/** Messages of a connection, and how many octets of it were no message because they were too long. */
export interface Frames {
  readonly messages: readonly Buffer[];
  readonly tooLong: number;
}

const lineFeed = 0x0a;
const space = 0x20;
const lessThan = 0x3c;
/** Digits of a count, at most: more octets than this says are too many anyway. */
const mostDigits = 6;

/**
 * Cuts what a TCP connection brings into syslog messages: each behind its count of octets, or ended by a line feed, as
 * RFC 6587 describes both; the two may follow each other. Keeps at most one message and a bit.
 */
export class SyslogFraming {
  readonly #longest: number;
  #kept: Buffer = Buffer.alloc(0);
  /** Octets of a counted message that are still to be passed over. */
  #passOver = 0;
  /** The rest of an overlong line is passed over up to its line feed. */
  #passLine = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  get buffered(): number {
    return this.#kept.length;
  }

  push(chunk: Buffer): Frames {
    const messages: Buffer[] = [];
    let tooLong = 0;
    let rest = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    for (;;) {
      if (this.#passOver > 0) {
        const skipped = Math.min(this.#passOver, rest.length);
        this.#passOver -= skipped;
        rest = rest.subarray(skipped);
      }
      if (rest.length === 0) break;
      if (this.#passLine) {
        const end = rest.indexOf(lineFeed);
        rest = end === -1 ? rest.subarray(rest.length) : rest.subarray(end + 1);
        this.#passLine = end === -1;
        continue;
      }
      const count = countOf(rest);
      if (count === 'more') break;
      if (count !== null) {
        const end = count.header + count.octets;
        if (count.octets > this.#longest) {
          tooLong += 1;
          this.#passOver = end;
          continue;
        }
        if (rest.length < end) break;
        messages.push(rest.subarray(count.header, end));
        rest = rest.subarray(end);
        continue;
      }
      const end = rest.indexOf(lineFeed);
      if (end === -1 ? rest.length > this.#longest : end > this.#longest) {
        tooLong += 1;
        this.#passLine = true;
        continue;
      }
      if (end === -1) break;
      if (end > 0) messages.push(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    // A copy, so that a few octets do not hold a whole chunk.
    this.#kept = Buffer.from(rest);
    return { messages, tooLong };
  }

  /** What came without an end before the connection closed: a last line, or null. */
  finish(): Buffer | null {
    const rest = this.#kept;
    this.#kept = Buffer.alloc(0);
    return rest.length > 0 && countOf(rest) === null ? rest : null;
  }
}

/**
 * The count before a message: digits, a space and the `<` that every syslog message begins with, so that a line which
 * begins with a number of its own is not taken for one. null: there is none; 'more': this cannot be said yet.
 */
function countOf(bytes: Buffer): { header: number; octets: number } | 'more' | null {
  let at = 0;
  let octets = 0;
  while (at < bytes.length && at <= mostDigits) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9 || (at === 0 && digit === 0)) break;
    octets = octets * 10 + digit;
    at += 1;
  }
  if (at === 0 || at > mostDigits) return null;
  if (at === bytes.length) return 'more';
  if (bytes[at] !== space) return null;
  if (at + 1 === bytes.length) return 'more';
  return bytes[at + 1] === lessThan ? { header: at + 1, octets } : null;
}
