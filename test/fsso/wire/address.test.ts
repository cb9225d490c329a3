import { SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipv4ToNumber, ipv6ToBytes, readIpv4, readIpv6 } from '../../../src/fsso/wire/address.ts';
import { buffer } from './arbitraries.ts';

test('every IPv4 address is the number that its bytes are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      expect(ipv4ToNumber(readIpv4(bytes, 0), 'ip')).toBe(number);
    }),
  );
});

test('every IPv6 address is written as the system writes it, and read back', () => {
  const sparse = fc.array(fc.constantFrom('0000', '0001', 'abcd'), { minLength: 8, maxLength: 8 });
  const bytes = fc.oneof(
    buffer({ minLength: 16, maxLength: 16 }),
    sparse.map((groups) => Buffer.from(groups.join(''), 'hex')),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const text = readIpv6(address, 0);
      expect(ipv6ToBytes(text, 'ip')).toEqual(address);
      const system = new SocketAddress({ family: 'ipv6', address: text }).address;
      // The system writes the addresses that hold an IPv4 one with dots, which is as good.
      if (!system.includes('.')) expect(text).toBe(system);
    }),
  );
});

test.each<[text: string, hex: string]>([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['1::', '00010000000000000000000000000000'],
  ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
])('%s is %s', (text, hex) => {
  expect(ipv6ToBytes(text, 'ip').toString('hex')).toBe(hex);
});

test.each(['', '1', '10.0.0.1', '1::2::3', 'fe80::1%1', 'g::'])('%j is no IPv6 address', (text) => {
  expect(() => ipv6ToBytes(text, 'ipv6')).toThrow('ipv6: ');
});

test.each(['', '10.0.0', '10.0.0.256', '010.0.0.1', '::1'])('%j is no IPv4 address', (text) => {
  expect(() => ipv4ToNumber(text, 'ip')).toThrow('ip: ');
});
