import { expect, test } from 'vitest';
import { decodeOctets, hexDump } from '../../../src/ems/certificate/text.ts';

test('a dump shows offset, sixteen octets and their characters', () => {
  expect(hexDump(Buffer.from('fabric\u001b\n and more text'))).toEqual([
    '0000 - 66 61 62 72 69 63 1b 0a-20 61 6e 64 20 6d 6f 72   fabric.. and mor',
    '0010 - 65 20 74 65 78 74                                 e text',
  ]);
  expect(hexDump(Buffer.alloc(8, 0x41))).toEqual([
    '0000 - 41 41 41 41 41 41 41 41-                          AAAAAAAA',
  ]);
  expect(hexDump(Buffer.alloc(0))).toEqual([]);
});

test('octets that are no UTF-8 are taken one by one', () => {
  expect(decodeOctets(Buffer.from('Z\u00fcrich \ufffd'))).toBe('Z\u00fcrich \ufffd');
  expect(decodeOctets(Buffer.from([0x5a, 0xfc]))).toBe('Z\u00fc');
});
