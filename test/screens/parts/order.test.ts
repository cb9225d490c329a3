import { expect, test } from 'vitest';
import { addressKey, by } from '../../../src/screens/parts/order.ts';
import { comparing } from '../../../src/state/order.ts';

test('addresses are ordered as numbers, IPv4 before all others, unknown ones last', () => {
  const rows = ['fe80::1', '10.0.0.10', '9.255.255.255', null, '10.0.0.9', '2001:db8::5', '255.255.255.255'];
  const order = by<{ id: string; ip: string | null }>(({ ip }) => (ip === null ? null : addressKey(ip)));
  const sorted = rows.map((ip) => ({ id: '', ip })).toSorted(comparing(order));
  expect(sorted.map(({ ip }) => ip)).toEqual([
    '9.255.255.255',
    '10.0.0.9',
    '10.0.0.10',
    '255.255.255.255',
    '2001:db8::5',
    'fe80::1',
    null,
  ]);
});

test.each(['', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1..2.3', '1.2.3.', 'a.b.c.d', '1.2.3.4x'])(
  '%j is no IPv4 address and stays a text',
  (text) => expect(addressKey(text)).toBe(text),
);
