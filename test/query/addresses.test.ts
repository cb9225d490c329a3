import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressTest, ipv4Number, readIpv6 } from '../../src/query/addresses.ts';

const nearAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom(...'0123456789abcfF:.%z'), maxLength: 24 }),
  fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(40), fc.constantFrom('', ':', '.', '0', '%', '::'))
    .map(([text, at, extra]) => text.slice(0, at) + extra + text.slice(at + 1)),
);

test('what is an address is what Node takes for one', () => {
  fc.assert(
    fc.property(nearAddress, (text) => {
      const version = ipv4Number(text) >= 0 ? 4 : readIpv6(text, new Uint32Array(4)) ? 6 : 0;
      // Node's zones have letters and digits only.
      if (text.includes('%')) return;
      expect(version).toBe(isIP(text));
    }),
    { numRuns: 3_000 },
  );
});

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6().filter((text) => !text.includes('.'));

test.each([
  ['ipv4', ipv4, 32],
  ['ipv6', ipv6, 128],
] as const)('networks of %s hold the addresses that they hold for Node', (family, address, most) => {
  fc.assert(
    fc.property(address, address, fc.nat(most), (network, other, bits) => {
      const list = new BlockList();
      list.addSubnet(network, bits, family);
      const within = addressTest(`${network}/${bits}`);
      if (typeof within !== 'function') throw new Error(within.reason);
      for (const each of [network, other]) {
        // Node takes an IPv6 address that holds an IPv4 one for that one.
        if (family === 'ipv6' && each.toLowerCase().includes('ffff')) continue;
        expect(within(each)).toBe(list.check(each, family));
      }
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['ipv4', ipv4],
  ['ipv6', ipv6],
] as const)('ranges of %s hold the addresses that they hold for Node', (family, address) => {
  fc.assert(
    fc.property(address, address, address, (first, last, other) => {
      const within = addressTest(`${first}-${last}`);
      let list: BlockList | null = new BlockList();
      try {
        list.addRange(first, last, family);
      } catch {
        list = null;
      }
      expect(typeof within === 'function').toBe(list !== null);
      if (typeof within === 'function' && list) expect(within(other)).toBe(list.check(other, family));
    }),
    { numRuns: 1_000 },
  );
});
