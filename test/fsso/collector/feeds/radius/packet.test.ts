import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fortinet, readAccounting } from '../../../../../src/fsso/collector/feeds/radius/attributes.ts';
import {
  decodeRadius,
  encodeAccountingRequest,
  encodeAccountingResponse,
  isAccountingFrom,
  type RadiusAttribute,
} from '../../../../../src/fsso/collector/feeds/radius/packet.ts';
import { DecodeError } from '../../../../../src/fsso/wire/element.ts';

const secret = 'quite a secret';
const attribute = (type: number, ...octets: number[]): RadiusAttribute => ({
  type,
  value: Buffer.from(octets),
});
const text = (type: number, value: string): RadiusAttribute => ({ type, value: Buffer.from(value) });
const read = (...attributes: RadiusAttribute[]) =>
  readAccounting(decodeRadius(encodeAccountingRequest(7, attributes, secret)));

test('a request is known by its secret, and by no other', () => {
  const bytes = encodeAccountingRequest(7, [text(1, 'anna')], secret);
  expect(isAccountingFrom(decodeRadius(bytes), secret)).toBe(true);
  expect(isAccountingFrom(decodeRadius(bytes), `${secret}!`)).toBe(false);
  bytes[22] = (bytes[22] as number) ^ 1;
  expect(isAccountingFrom(decodeRadius(bytes), secret)).toBe(false);
});

test('octets behind the length are padding, and belong to nothing', () => {
  const bytes = encodeAccountingRequest(7, [text(1, 'anna')], secret);
  const packet = decodeRadius(Buffer.concat([bytes, Buffer.from('padding')]));
  expect(packet.attributes).toHaveLength(1);
  expect(isAccountingFrom(packet, secret)).toBe(true);
});

test('the answer carries what proxies left, in their order', () => {
  const request = decodeRadius(
    encodeAccountingRequest(200, [text(33, 'first'), text(1, 'anna'), text(33, 'second')], secret),
  );
  const answer = decodeRadius(encodeAccountingResponse(request, secret));
  expect(answer).toMatchObject({ code: 5, identifier: 200 });
  expect(answer.attributes.map(({ value }) => String(value))).toEqual(['first', 'second']);
});

test('a session is read with all that matters', () => {
  const groups = Buffer.concat([
    Buffer.from([0, 0, fortinet.vendor >> 8, fortinet.vendor & 0xff, fortinet.groupName, 7]),
    Buffer.from('staff'),
    Buffer.from([3, 6, 10, 0, 0, 1, fortinet.groupName, 7]),
    Buffer.from('sales'),
  ]);
  expect(
    read(
      text(1, 'CORP\\anna'),
      attribute(4, 192, 0, 2, 1),
      attribute(8, 10, 0, 0, 7),
      text(25, 'class'),
      attribute(25, 0, 1, 2),
      { type: 26, value: groups },
      attribute(40, 0, 0, 0, 1),
      attribute(41, 0, 0, 0, 5),
      text(44, '0000A1'),
      attribute(46, 0, 0, 1, 0),
      attribute(55, 0x69, 0x68, 0xae, 0x10),
    ),
  ).toEqual({
    status: 'start',
    userName: 'CORP\\anna',
    ip: '10.0.0.7',
    ip6: null,
    nas: '192.0.2.1',
    sessionId: '0000A1',
    classes: ['class'],
    groupNames: ['staff', 'sales'],
    eventTime: 0x6968ae10,
    delay: 5,
    sessionTime: 256,
  });
});

test.each([
  ['an address that the server is to choose', [attribute(8, 255, 255, 255, 254)], { ip: null }],
  ['an address of the wrong size', [attribute(8, 10, 0, 0)], { ip: null }],
  ['a status nobody knows', [attribute(40, 0, 0, 0, 9)], { status: 'other' }],
  [
    'a prefix with an interface',
    [attribute(97, 0, 64, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1), attribute(96, 0, 0, 0, 0, 0, 0, 0, 7)],
    { ip6: '2001:db8:0:1::7' },
  ],
  ['a prefix', [attribute(97, 0, 32, 0x20, 1, 0xd, 0xb8)], { ip6: '2001:db8::/32' }],
  ['a prefix shorter than its bits', [attribute(97, 0, 64, 0x20, 1)], { ip6: null }],
  [
    'an IPv6 address',
    [attribute(168, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9)],
    { ip6: '2001:db8::9' },
  ],
  ['a name with an escape sequence', [attribute(1, 0x1b, 0x5b, 0x41)], { userName: null }],
  ['a name that is not UTF-8', [attribute(1, 0xff, 0xfe)], { userName: null }],
  ['a group cut short', [attribute(26, 0, 0, 0x30, 0x44, 1, 90, 65)], { groupNames: [] }],
])('%s', (_, attributes, expected) => {
  expect(read(...attributes)).toMatchObject(expected);
});

test('whatever the octets, decoding throws a DecodeError or gives attributes that fill the packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (octets, fits) => {
      const bytes = Buffer.from(octets);
      if (fits && bytes.length >= 20) bytes.writeUInt16BE(bytes.length, 2);
      try {
        const packet = decodeRadius(bytes);
        const size = packet.attributes.reduce((sum, { value }) => sum + value.length + 2, 20);
        expect(size).toBe(packet.bytes.length);
        readAccounting(packet);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});
