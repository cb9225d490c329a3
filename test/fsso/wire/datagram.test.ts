import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Datagram,
  type DatagramToSend,
  decodeDatagram,
  encodeDatagram,
} from '../../../src/fsso/wire/datagram.ts';
import { DecodeError } from '../../../src/fsso/wire/element.ts';
import { buffer, datagram, mutated, mutations } from './arbitraries.ts';
import { received } from './examples.ts';

const logon = {
  kind: 'logon',
  time: 1713732662,
  ip: '192.168.201.199',
  workstation: 'WINPC01',
  domain: 'CORP',
  user: 'user1',
} as const;

/** A datagram of any text and tail, with its length set right. */
function frame(text: Buffer | string, tail: Buffer | string = '\0', ip = 'c0a8c9c7'): Buffer {
  const bytes = Buffer.concat([
    Buffer.from(`000000000005${ip}0000`, 'hex'),
    Buffer.from(text),
    typeof tail === 'string' ? Buffer.from(tail, 'latin1') : tail,
  ]);
  bytes.writeUInt16BE(bytes.length, 0);
  bytes.writeUInt16BE(Buffer.byteLength(text), 10);
  return bytes;
}

test('every datagram that an agent could mean is read back as it was meant', () => {
  fc.assert(
    fc.property(datagram, fc.boolean(), (sent, nul) => {
      // Without a NUL a tail that begins with a zero byte cannot be told from the NUL.
      const payload = encodeDatagram(sent, {
        nul: nul || 'tail' in sent || 'ip2' in sent || 'terminal' in sent,
      });
      expect(decodeDatagram(payload)).toEqual(sent.kind === 'logon' ? received(sent) : sent);
    }),
  );
});

test('damaged and arbitrary bytes throw nothing but a decode error inside the bytes', () => {
  const check = (payload: Buffer) => {
    try {
      decodeDatagram(payload);
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
      expect((error as DecodeError).offset).toBeGreaterThanOrEqual(0);
      expect((error as DecodeError).offset).toBeLessThanOrEqual(payload.length);
    }
  };
  fc.assert(
    fc.property(datagram, mutations, (sent, changes) => {
      const payload = mutated(encodeDatagram(sent), changes);
      check(payload);
      if (payload.length >= 2) payload.writeUInt16BE(payload.length, 0);
      check(payload);
    }),
    { numRuns: 300 },
  );
  fc.assert(fc.property(buffer({ maxLength: 100 }), check));
});

describe('a datagram is dropped', () => {
  const whole = encodeDatagram(logon);
  const altered = (at: number, value: number) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt16BE(value, at);
    return bytes;
  };
  test.each<[why: string, payload: Buffer, reason: string, offset: number]>([
    ['when it is empty', Buffer.alloc(0), 'truncated', 0],
    ['when it is shorter than 13 bytes', Buffer.from('000c00000000000000000000', 'hex'), 'truncated', 12],
    ['when its length is too small', altered(0, whole.length - 1), 'length-mismatch', 0],
    ['when its length is too large', altered(0, whole.length + 1), 'length-mismatch', 0],
    ['when its text ends behind it', altered(10, whole.length - 11), 'text-overrun', 10],
  ])('%s', (_why, payload, reason, offset) => {
    expect(() => decodeDatagram(payload)).toThrow(expect.objectContaining({ reason, offset }));
  });
});

test('a text without three parts is kept as it is, tail included', () => {
  expect(decodeDatagram(frame('WINPC01/CORP', '\0abc'))).toEqual({
    kind: 'unparsed',
    time: 5,
    ip: '192.168.201.199',
    text: 'WINPC01/CORP',
    tail: Buffer.from('abc'),
  });
  expect(decodeDatagram(frame('', '\0'))).toMatchObject({ kind: 'unparsed', text: '' });
});

test('a user may contain slashes, which do not part it', () => {
  expect(decodeDatagram(frame('PC/CORP/a/b/c'))).toMatchObject({ domain: 'CORP', user: 'a/b/c' });
});

test('the text ends at its first NUL', () => {
  expect(decodeDatagram(frame('PC/CORP/bob\0junk'))).toMatchObject({ kind: 'logon', user: 'bob' });
});

test('without a NUL the tail begins right behind the text', () => {
  expect(decodeDatagram(frame('PC/CORP/bob', Buffer.from([10, 20, 30, 99])))).toMatchObject({
    user: 'bob',
    ip2: '10.20.30.99',
  });
});

test('text that is not UTF-8 is read as Windows-1252', () => {
  expect(decodeDatagram(frame(Buffer.from('PC/CORP/Jos\xe9', 'latin1')))).toMatchObject({ user: 'José' });
  expect(decodeDatagram(frame('PC/CORP/José 漢'))).toMatchObject({ user: 'José 漢' });
});

test('a keepalive is known by its address or by its middle word in any case', () => {
  const keepalive = { kind: 'keepalive', time: 5, domain: 'DC1', version: '5.0/x' };
  expect(decodeDatagram(frame('DC1/keepalive/5.0/x', '\0', 'ffffffff'))).toEqual(keepalive);
  expect(decodeDatagram(frame('DC1/KeepAlive/5.0/x'))).toEqual(keepalive);
  expect(decodeDatagram(frame('DC1/other/5.0/x', '\0', 'ffffffff'))).toEqual(keepalive);
  expect(decodeDatagram(frame('DC1', '\0', 'ffffffff'))).toEqual({ ...keepalive, version: '' });
});

describe('a tail', () => {
  const tailOf = (tail: Buffer | string) => {
    const read = decodeDatagram(frame('PC/CORP/bob', Buffer.concat([Buffer.alloc(1), Buffer.from(tail)])));
    const { ip2, ipv6, terminal, rejectedRanges, tail: rest } = read as Datagram & { kind: 'logon' };
    return { ip2, ipv6, terminal, rejectedRanges, tail: rest.toString('hex') };
  };
  const none = { ip2: null, ipv6: null, terminal: null, rejectedRanges: 0, tail: '' };
  const block = (count: number, ranges: string) =>
    Buffer.from(
      `${'00'.repeat(12)}00000002800000140000000a${count.toString(16).padStart(8, '0')}${ranges}`,
      'hex',
    );

  test('of four zero bytes is no second address', () => {
    expect(tailOf('\0\0\0\0')).toEqual(none);
  });

  test.each([15, 18, 27])('of %i bytes that mean nothing is kept', (size) => {
    expect(tailOf(Buffer.alloc(size, 0x80))).toEqual({ ...none, tail: '80'.repeat(size) });
  });

  test('of 16 or 17 bytes is an IPv6 address', () => {
    const native = Buffer.from('20010db8000000000000000000000001', 'hex');
    expect(tailOf(native)).toEqual({ ...none, ipv6: '2001:db8::1' });
    expect(tailOf(Buffer.concat([native, Buffer.from([9])]))).toEqual({ ...none, ipv6: '2001:db8::1' });
    expect(tailOf(Buffer.alloc(16))).toEqual(none);
  });

  test('of a terminal server is known by its marker, whatever comes before', () => {
    const slot = Buffer.concat([Buffer.alloc(16, 0xff), block(1, '00010002').subarray(16)]);
    expect(tailOf(slot)).toEqual({ ...none, terminal: { session: 10, portRanges: [[1, 2]] } });
  });

  test('of a terminal server has no more ranges than fit, whatever it says', () => {
    expect(tailOf(block(0xffffffff, '00010002ffff'))).toEqual({
      ...none,
      terminal: { session: 10, portRanges: [[1, 2]] },
      tail: 'ffff',
    });
  });

  test('of a terminal server that says fewer ranges than it has keeps the rest', () => {
    expect(tailOf(block(1, '0001000200030004'))).toEqual({
      ...none,
      terminal: { session: 10, portRanges: [[1, 2]] },
      tail: '00030004',
    });
  });

  test('of a terminal server loses a range that runs backwards, counted', () => {
    expect(tailOf(block(2, '0002000100030004'))).toEqual({
      ...none,
      terminal: { session: 10, portRanges: [[3, 4]] },
      rejectedRanges: 1,
    });
  });
});

test.each<[field: string, sent: DatagramToSend]>([
  ['workstation', { ...logon, workstation: 'a/b' }],
  ['domain', { ...logon, domain: 'a/b' }],
  ['domain', { ...logon, domain: 'KEEPALIVE' }],
  ['user', { ...logon, user: 'a\0b' }],
  ['ip', { ...logon, ip: '255.255.255.255' }],
  ['ip', { ...logon, ip: '10.0.0.256' }],
  ['ip2', { ...logon, ip2: '::1' }],
  ['ipv6', { ...logon, ipv6: 'fe80::1%eth0' }],
  ['time', { ...logon, time: -1 }],
  ['time', { ...logon, time: 1.5 }],
  ['session', { ...logon, terminal: { session: -1, portRanges: [] } }],
  ['ports', { ...logon, terminal: { session: 1, portRanges: [[2, 1]] } }],
  ['ports', { ...logon, terminal: { session: 1, portRanges: [[1, 65536]] } }],
  ['tail', { ...logon, ip2: '10.0.0.1', ipv6: '::1' }],
  ['tail', { ...logon, ip2: '10.0.0.1', tail: Buffer.alloc(3) }],
  ['text', { ...logon, user: 'u'.repeat(65_500) }],
])('a datagram that would be read back as another is refused by the name of its field: %s', (field, sent) => {
  expect(() => encodeDatagram(sent)).toThrow(expect.objectContaining({ name: 'EncodeError', field }));
});

test('the longest datagram fits', () => {
  const payload = encodeDatagram({ ...logon, user: 'u'.repeat(65_507 - 12 - 13 - 1) });
  expect(payload.length).toBe(65_507);
  expect(decodeDatagram(payload)).toMatchObject({ kind: 'logon', domain: 'CORP' });
});
