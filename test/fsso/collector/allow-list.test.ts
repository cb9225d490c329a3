import { expect, test } from 'vitest';
import { AllowList, plainAddress } from '../../../src/fsso/collector/allow-list.ts';

test('without a list every source is allowed, with an empty one none', () => {
  expect(new AllowList(null).allows('203.0.113.1')).toBe(true);
  expect(new AllowList([]).allows('203.0.113.1')).toBe(false);
});

test('networks and single addresses are allowed, of both families', () => {
  const list = new AllowList(['10.0.0.0/24', '192.0.2.7', '2001:db8::/32']);
  expect(list.allows('10.0.0.255')).toBe(true);
  expect(list.allows('10.0.1.0')).toBe(false);
  expect(list.allows('192.0.2.7')).toBe(true);
  expect(list.allows('192.0.2.8')).toBe(false);
  expect(list.allows('2001:db8:1::1')).toBe(true);
  expect(list.allows('2001:db9::1')).toBe(false);
});

test('the second question has the same answer', () => {
  const list = new AllowList(['10.0.0.0/24']);
  for (let round = 0; round < 2; round++) {
    expect(list.allows('10.0.0.1')).toBe(true);
    expect(list.allows('10.0.1.1')).toBe(false);
  }
});

test('the answers that are remembered do not grow without end', () => {
  const list = new AllowList(['10.0.0.0/8']);
  for (let index = 0; index < 20_000; index++)
    list.allows(`11.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  expect(list.allows('10.1.1.1')).toBe(true);
  expect(list.allows('11.0.0.0')).toBe(false);
});

test('an entry that is neither address nor network is refused by name', () => {
  for (const entry of ['10.0.0.0/33', 'host', '10.0.0/24', '10.0.0.0/', '::1/129'])
    expect(() => new AllowList([entry]), entry).toThrow(entry);
});

test('an IPv4 source that came over an IPv6 socket is the IPv4 source', () => {
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(plainAddress('2001:db8::1')).toBe('2001:db8::1');
});
