import { expect, test } from 'vitest';
import { addressRange } from '../src/address-ranges.ts';

test.each([
  ['10.1.0.0 255.255.0.0', '10.1.0.0/16'],
  ['0.0.0.0 0.0.0.0', '0.0.0.0/0'],
  ['10.1.0.5 255.255.255.255', '10.1.0.5/32'],
  ['10.1.0.0/16', '10.1.0.0/16'],
  ['10.1.0.5-10.1.0.9', '10.1.0.5-10.1.0.9'],
  ['2001:db8::/32', '2001:db8::/32'],
  [' 10.1.0.5 ', '10.1.0.5'],
])('%s is %s', (written, range) => {
  expect(addressRange(written)).toBe(range);
});

test.each([
  '',
  'any',
  '10.1.0.0 255.0.255.0',
  '10.1.0.0 255.255.0.0 1',
  '10.1.0.0 255.255.0',
  'a b',
  '10.1.0.0/',
])('"%s" is no range', (written) => {
  expect(addressRange(written)).toBeNull();
});
