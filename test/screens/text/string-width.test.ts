import fc from 'fast-check';
import ofPackage from 'string-width';
import { expect, test } from 'vitest';
import stringWidth from '../../../src/screens/text/string-width.ts';

const everyUnit = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));

test('every character is as wide as string-width says', () => {
  expect(everyUnit.filter((each) => stringWidth(each) !== ofPackage(each))).toEqual([]);
});

test('whatever stands beside what, a text is as wide as string-width says', () => {
  const plain = everyUnit.filter((each) =>
    /[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u25ff]/.test(each),
  );
  const unit = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...plain) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\ufe0f', '\u200d', '\u0301', '日', '\u001b[31m', '\u{1f600}', '\u00ad'),
    },
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const text = units.join('');
      expect(stringWidth(text)).toBe(ofPackage(text));
    }),
    { numRuns: 2_000 },
  );
});
