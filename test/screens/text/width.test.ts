import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { safeText } from '../../../src/safe-text.ts';
import { printable } from '../../../src/screens/text/printable.ts';
import { cellWidth, clip, fit } from '../../../src/screens/text/width.ts';
import { awkwardText } from '../../support/awkward-text.ts';

test.each([
  ['alice', 8, 'alice   '],
  ['alice', 5, 'alice'],
  ['alice', 4, 'ali…'],
  ['alice', 1, '…'],
  ['alice', 0, ''],
  ['', 3, '   '],
  ['山田太郎', 8, '山田太郎'],
  ['山田太郎', 7, '山田太…'],
  ['山田太郎', 6, '山田… '],
  ['Müller', 6, 'Müller'],
  ['Mu\u0308ller', 5, 'Müll…'],
  ['e\u0301e\u0301e\u0301', 2, 'é…'],
])('%j in %d cells is %j', (text, width, expected) => {
  expect(fit(text, width)).toBe(expected);
});

test('numbers stand to the right, and what is cut keeps its beginning', () => {
  expect(fit('1,234', 8, 'right')).toBe('   1,234');
  expect(fit('1,234', 4, 'right')).toBe('1,2…');
  expect(fit('1,234', 4, 'right', '~')).toBe('1,2~');
});

test.each([
  ['an escape sequence', '\u001b[2Jx', '\\x1b[2Jx'],
  ['a bidirectional override', 'a\u202eb', 'a\\u{202e}b'],
  ['a zero-width joiner', '👩\u200d👧', '👩\\u{200d}👧'],
  ['a skin tone, which terminals draw two or four cells wide', '👍🏽', '👍\\u{1f3fd}'],
  ['a line end', 'a\nb', 'a\\x0ab'],
])('%s is spelt out', (_, text, expected) => {
  expect(fit(text, 40).trimEnd()).toBe(expected);
});

test('letters of any script stay as they are', () => {
  for (const name of ['山田太郎', 'Ольга', 'Νίκος', 'نورة', 'שרה', '김민수', 'Đặng Thị', 'สมชาย', 'Zoë']) {
    expect(printable(name)).toBe(name.normalize('NFC'));
  }
});

test('an accent that stands alone is spelt out, or it would be drawn over the cell before it', () => {
  expect(printable('\u0301x')).toBe('\\u{301}x');
});

test('a heap of accents over one letter is cut to four', () => {
  const shown = printable(`a${'\u0316'.repeat(100)}`);
  expect([...shown].filter((character) => character === '\u0316')).toHaveLength(4);
});

test('a text of any kind is exactly as wide as told, and safe', () => {
  fc.assert(
    fc.property(
      awkwardText,
      fc.nat(60),
      fc.constantFrom('left' as const, 'right' as const),
      (text, width, align) => {
        const shown = fit(text, width, align);
        expect(stringWidth(shown)).toBe(width);
        expect(cellWidth(shown)).toBe(width);
        expect(safeText(shown)).toBe(shown);
        expect(stringWidth(clip(text, width))).toBeLessThanOrEqual(width);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('what is shown is as wide as its characters one by one, so that simpler terminals agree', () => {
  fc.assert(
    fc.property(awkwardText, (text) => {
      const shown = printable(text);
      const sum = [...shown].reduce((total, character) => total + stringWidth(character), 0);
      expect(sum).toBe(stringWidth(shown));
    }),
    { numRuns: 1_000 },
  );
});

test('a text of megabytes costs no more than its first characters', () => {
  expect(fit('\u0301'.repeat(5_000_000), 20)).toBe('\\u{301}\\u{301}\\u{30…');
});
