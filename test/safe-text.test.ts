import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestSafeText, safeText } from '../src/safe-text.ts';

test('an escape sequence is spelt out', () => {
  expect(safeText('\x1b[31mroot\x07')).toBe('\\x1b[31mroot\\x07');
});

test('a line break cannot begin a second line', () => {
  expect(safeText('a\r\nb\u2028c')).toBe('a\\x0d\\x0ab\\u{2028}c');
});

test('a bidirectional override and a zero-width joiner are spelt out', () => {
  expect(safeText('user\u202etxt.exe')).toBe('user\\u{202e}txt.exe');
  expect(safeText('ad\u200dmin\ufeff')).toBe('ad\\u{200d}min\\u{feff}');
});

test('letters of other scripts and wide characters stay', () => {
  expect(safeText('jürgen 佐藤 Ωμέγα 😀')).toBe('jürgen 佐藤 Ωμέγα 😀');
});

test('a lone surrogate and a tag character are spelt out', () => {
  expect(safeText('\ud800x\u{e0041}')).toBe('\\u{d800}x\\u{e0041}');
});

test('what is longer than the limit ends in an ellipsis', () => {
  const text = safeText('a'.repeat(longestSafeText + 1));
  expect(text).toHaveLength(longestSafeText + 1);
  expect(text.endsWith('…')).toBe(true);
});

test('whatever comes in, no control or formatting character comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(safeText(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 2000 },
  );
});
