import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../src/json-text.ts';

test('a text is written as JSON.stringify writes it, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(jsonText(text)).toBe(JSON.stringify(text));
    }),
  );
  for (let code = 0; code < 0x180; code += 1) {
    const text = `a${String.fromCharCode(code)}b`;
    expect(jsonText(text)).toBe(JSON.stringify(text));
  }
});
