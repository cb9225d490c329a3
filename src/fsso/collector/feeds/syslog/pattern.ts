import { isIP } from 'node:net';

/** What a pattern may take from a line. All but the last two are those of the product. */
export const patternFields = [
  'username',
  'client_ip',
  'client_ipv6',
  'group',
  'domain',
  'workstation',
] as const;

export type PatternField = (typeof patternFields)[number];

interface Piece {
  readonly field: PatternField;
  /** What stands behind the value; empty where the pattern ends with it. */
  readonly after: string;
}

/** What devices write where they have nothing to say. */
const nothing = new Set(['', '-', 'N/A', '(null)', 'null', 'unknown']);

const wordCharacter = /[\p{L}\p{N}_]/u;
const addressCharacters = /^[\da-f:.]*/i;
const untilSpace = /^[^\s"<>,;]*/;

/**
 * A field pattern such as `user="{{:username}}"` (docs/protocol/fsso.md, Feeds). A value reaches to the text behind it in
 * the pattern, or, where there is none, to the end of the address or word. Reading takes time in proportion to the line.
 */
export class Pattern {
  readonly #before: string;
  readonly #pieces: readonly Piece[];

  /** @throws RangeError in one line, for a pattern that can take nothing */
  constructor(text: string) {
    const parts = text.split(/\{\{:?(\w+)\}\}/);
    const [before = ''] = parts;
    if (parts.length < 3) throw new RangeError('expected a field such as {{:username}} in it');
    if (before.trim() === '') throw new RangeError('expected text before the first field, to find it by');
    const pieces: Piece[] = [];
    for (let at = 1; at < parts.length; at += 2) {
      const field = patternFields.find((name) => name === parts[at]);
      if (field === undefined)
        throw new RangeError(`no field is called ${parts[at]}, expected one of ${patternFields.join(', ')}`);
      const after = parts[at + 1] ?? '';
      if (after === '' && at + 2 < parts.length)
        throw new RangeError(`expected text between {{:${field}}} and the field behind it`);
      pieces.push({ field, after });
    }
    this.#before = before;
    this.#pieces = pieces;
  }

  get fields(): PatternField[] {
    return this.#pieces.map(({ field }) => field);
  }

  /** What stands in the line, without surrounding spaces; null where the pattern is not in it. */
  read(line: string): Partial<Record<PatternField, string>> | null {
    const wholeWord = wordCharacter.test(this.#before[0] ?? '');
    let start = line.indexOf(this.#before);
    // In xauthuser="N/A" user="anna" the second one is meant.
    while (start > 0 && wholeWord && wordCharacter.test(line[start - 1] ?? ''))
      start = line.indexOf(this.#before, start + 1);
    if (start === -1) return null;
    const values: Partial<Record<PatternField, string>> = {};
    let at = start + this.#before.length;
    for (const { field, after } of this.#pieces) {
      const end = endOfValue(line, at, field, after);
      if (end === -1) return null;
      const value = line.slice(at, end).trim();
      if (!nothing.has(value)) values[field] = value;
      at = end + after.length;
    }
    return values;
  }
}

function endOfValue(line: string, at: number, field: PatternField, after: string): number {
  if (after === '') {
    const isAddress = field === 'client_ip' || field === 'client_ipv6';
    const taken = (isAddress ? addressCharacters : untilSpace).exec(line.slice(at));
    return at + (taken?.[0].length ?? 0);
  }
  const end = line.indexOf(after, at);
  // A space behind the last field of a line has often been cut off.
  return end === -1 && after.trim() === '' ? line.length : end;
}

/** The text as an address of that family, or null. */
export function addressOf(text: string | undefined, family: 4 | 6): string | null {
  return text !== undefined && isIP(text) === family ? text : null;
}
