/** Nesting of a document; ours has six levels. */
const deepest = 16;

/** A value has no canonical form. */
export class CanonicalError extends Error {}

/**
 * The one text of a JSON value (docs/fabric.md, Canonical form): RFC 8785 without fractions. Keys are sorted by their
 * UTF-16 code units, nothing stands between the tokens, numbers are whole and exact.
 * @throws CanonicalError for anything else than null, true, false, such numbers, well-formed text, lists and plain objects
 */
export function canonicalText(value: unknown, depth = 0): string {
  if (depth > deepest) throw new CanonicalError(`nested deeper than ${deepest}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CanonicalError('a number that is not whole and exact');
    // -0 is written as 0.
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === 'string') return textOf(value);
  if (Array.isArray(value)) return `[${value.map((each) => canonicalText(each, depth + 1)).join(',')}]`;
  if (typeof value !== 'object') throw new CanonicalError(`a value of the kind ${typeof value}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new CanonicalError('no plain object');
  const members = Object.keys(value)
    .sort()
    .map((key) => `${textOf(key)}:${canonicalText((value as Record<string, unknown>)[key], depth + 1)}`);
  return `{${members.join(',')}}`;
}

function textOf(text: string): string {
  if (!text.isWellFormed()) throw new CanonicalError('text with half a character');
  return JSON.stringify(text);
}
