import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readGeneralizedTime,
  readNetworkAddress,
} from '../../../../src/fsso/agents/edirectory/network-address.ts';

const value = (type: string, ...bytes: number[]) => Buffer.concat([Buffer.from(type), Buffer.from(bytes)]);

test('addresses of the Internet are read from each of their types, with a # among their bytes too', () => {
  const ipv6 = [0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 5];
  expect(readNetworkAddress(value('1#', 10, 0, 0, 1))).toEqual({ kind: 'ipv4', address: '10.0.0.1' });
  expect(readNetworkAddress(value('8#', 2, 12, 10, 0, 0, 2))).toEqual({ kind: 'ipv4', address: '10.0.0.2' });
  expect(readNetworkAddress(value('9#', 35, 35, 35, 35, 35, 35))).toEqual({
    kind: 'ipv4',
    address: '35.35.35.35',
  });
  for (const type of ['10#', '11#'])
    expect(readNetworkAddress(value(type, 2, 12, ...ipv6))).toEqual({ kind: 'ipv6', address: '2001:db8::5' });
});

test('addresses of other networks are others, and what is cut off or too long cannot be read', () => {
  expect(readNetworkAddress(value('0#', ...Array(12).fill(0)))).toEqual({ kind: 'other' });
  expect(readNetworkAddress(value('13#', 1))).toEqual({ kind: 'other' });
  for (const wrong of [
    value('9#', 2, 12, 10, 0, 0),
    value('9#', 10, 0, 0, 1),
    value('1#', 10, 0, 0, 1, 0),
    value('11#', 2, 12, 10, 0, 0, 1),
    value('9', 2, 12, 10, 0, 0, 1),
    value('#', 10, 0, 0, 1),
    value('x#', 10, 0, 0, 1),
    value('1234#', 10, 0, 0, 1),
    Buffer.alloc(0),
  ])
    expect(readNetworkAddress(wrong), wrong.toString('hex')).toEqual({ kind: 'unreadable' });
});

test('whatever the bytes, reading ends in one of the four', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('', '1#', '9#', '11#'), (bytes, type) => {
      expect(['ipv4', 'ipv6', 'other', 'unreadable']).toContain(
        readNetworkAddress(value(type, ...bytes)).kind,
      );
    }),
  );
});

test('times are read as LDAP writes them', () => {
  const noon = Date.UTC(2026, 10, 22, 12, 0, 0) / 1000;
  for (const text of [
    '20261122120000Z',
    '20261122120000.5Z',
    '202611221200Z',
    '20261122130000+0100',
    '20261122130000+01',
  ])
    expect(readGeneralizedTime(text), text).toBe(noon);
  for (const wrong of ['', '2026', '20261399120000Z', '20261122120000', 'yesterday', '19000101000000Z'])
    expect(readGeneralizedTime(wrong), wrong).toBeNull();
});
