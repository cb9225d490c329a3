import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CanonicalError, canonicalText } from '../../../src/ems/fabric/canonical.ts';

const json = fc.jsonValue({ depthSize: 'small', maxDepth: 6, noUnicodeString: false }).filter((value) => {
  try {
    canonicalText(value);
    return true;
  } catch {
    return false;
  }
});

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, seed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, shuffled(each, seed)] as const);
  const turned = seed % 2 === 0 ? entries.toReversed() : [...entries.slice(1), ...entries.slice(0, 1)];
  return Object.fromEntries(turned);
}

describe('the canonical form', () => {
  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        // JSON has no -0.
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is one text whatever the order of the keys', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, seed) => {
        expect(canonicalText(shuffled(value, seed))).toBe(canonicalText(value));
      }),
    );
  });

  test('is a fixed point: what is read back has the same form', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalText(value);
        expect(canonicalText(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('tells different values apart', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const same = canonicalText(one) === canonicalText(other);
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        const equal = isDeepStrictEqual(plain(one), plain(other));
        expect(same).toBe(equal);
      }),
    );
  });

  test('sorts keys by their UTF-16 code units, and leaves out every blank', () => {
    const value = { '\u{fb33}': 1, '\u{1f600}': [true, null], b: { z: 'a"\n', a: -3 }, '': '€' };
    expect(canonicalText(value)).toBe(
      '{"":"€","b":{"a":-3,"z":"a\\"\\n"},"\u{1f600}":[true,null],"\u{fb33}":1}',
    );
  });

  test.each([
    ['a fraction', 0.5],
    ['a number that is not exact', 2 ** 53],
    ['no number', Number.NaN],
    ['half a character', 'x\ud800'],
    ['half a character as a key', { '\udc00': 1 }],
    ['undefined', { a: undefined }],
    ['a date', new Date(0)],
    ['endless nesting', JSON.parse('['.repeat(100) + ']'.repeat(100))],
  ])('does not exist for %s', (_name, value) => {
    expect(() => canonicalText(value)).toThrow(CanonicalError);
  });
});
