import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError, decodeElement, type Element, encodeElement } from '../../../src/fsso/wire/element.ts';
import { buffer, text } from './arbitraries.ts';

const code = fc.integer({ min: 0, max: 255 });
const leaf: fc.Arbitrary<Element> = fc.oneof(
  fc.record({ code, type: fc.constant(3), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ code, type: fc.constant(5), value: text }),
  fc.record({ code, type: fc.constantFrom(1, 2, 4, 7, 255), value: buffer({ maxLength: 20 }) }),
);
const tree = (depth: number): fc.Arbitrary<Element> => {
  const child = depth === 1 ? leaf : fc.oneof(leaf, tree(depth - 1));
  return fc.record({ code, type: fc.constant(6), value: fc.array(child, { maxLength: 4 }) });
};

test('every tree of elements is read back as it was written', () => {
  fc.assert(
    fc.property(fc.oneof(leaf, tree(4)), (element) => {
      expect(decodeElement(encodeElement(element))).toEqual(element);
    }),
  );
});

test('arbitrary bytes throw nothing but a decode error', () => {
  fc.assert(
    fc.property(buffer({ maxLength: 60 }), (bytes) => {
      try {
        decodeElement(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});

test.each<[reason: string, offset: number, hex: string]>([
  ['truncated', 0, ''],
  ['truncated', 5, '0000000680'],
  ['truncated', 6, '000000078006'],
  ['bad-length', 0, '000000058006'],
  ['trailing', 6, '00000006800600'],
  ['overrun', 6, '0000000c8006000000070101'],
  ['bad-length', 6, '0000000c8006000000050101'],
  ['nesting', 24, '0000001e8006000000180106000000120106 0000000c0106000000060106'],
])('%s at byte %i of %s', (reason, offset, hex) => {
  expect(() => decodeElement(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(
    expect.objectContaining({ reason, offset }),
  );
});

test('four containers inside each other are still read', () => {
  const hex = '00000018800600000012010600 00000c0106000000060106'.replaceAll(' ', '');
  expect(encodeElement(decodeElement(Buffer.from(hex, 'hex'))).toString('hex')).toBe(hex);
});

test('an element shares no memory with the bytes it was read from', () => {
  const bytes = Buffer.from('0000000912010a0b0c', 'hex');
  const element = decodeElement(bytes);
  bytes.fill(0);
  expect(element.value).toEqual(Buffer.from('0a0b0c', 'hex'));
});

test('an integer of another size keeps its bytes', () => {
  expect(decodeElement(Buffer.from('000000085703abcd', 'hex'))).toEqual({
    code: 0x57,
    type: 3,
    value: Buffer.from('abcd', 'hex'),
  });
});

test.each([-1, 1.5, 2 ** 32, Number.NaN])('%d is no integer of the wire', (value) => {
  expect(() => encodeElement({ code: 0x57, type: 3, value })).toThrow('attribute 0x57');
});

test('an error says what and where in one line', () => {
  const { message } = new DecodeError(
    'overrun',
    26,
    'element of 7 bytes overruns the 6 that its parent has left',
  );
  expect(message).toBe('element of 7 bytes overruns the 6 that its parent has left, at byte 26');
});
