import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DatagramToSend, encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { datagramExamples } from '../fsso/wire/examples.ts';
import { type Dissection, dissect, tsharkVersion } from './tshark.ts';

// Wireshark's dissector of UDP 8002 was written by others from captures: what it reads in our datagrams is what the
// agents' peers read. Its known limits are named below as tests, so that a release that mends one is noticed.

beforeAll(() => {
  expect(tsharkVersion()).toMatch(/TShark/);
});

const name = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const part = name
  .map((value) => value.replaceAll('/', '-'))
  .filter((value) => value.toLowerCase() !== 'keepalive');
const port = fc.integer({ min: 0, max: 0xffff });
const range = fc
  .tuple(port, port)
  .map(([one, other]): [number, number] => [Math.min(one, other), Math.max(one, other)]);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const ip = fc.ipV4().filter((address) => address !== '255.255.255.255' && address !== '0.0.0.0');
const fields = {
  kind: fc.constant('logon' as const),
  time: u32,
  ip: fc.option(ip),
  workstation: part,
  domain: part,
  user: name,
};
const plain = fc.record(fields);
const secondAddress = fc.record({ ...fields, ip2: ip });
const terminal = fc.record({
  ...fields,
  terminal: fc.record({ session: u32, portRanges: fc.array(range, { minLength: 1, maxLength: 12 }) }),
});
const keepalive = fc.record({
  kind: fc.constant('keepalive' as const),
  time: u32,
  domain: part.filter((value) => value !== ''),
  version: name,
});

const textOf = (sent: DatagramToSend): string => {
  if (sent.kind === 'keepalive') return `${sent.domain}/keepalive/${sent.version}`;
  return sent.kind === 'logon' ? `${sent.workstation}/${sent.domain}/${sent.user}` : sent.text;
};

/** What the dissection of a datagram is to be, from what was meant and not from our own decoder. */
function expected(sent: DatagramToSend, payload: Buffer): Dissection {
  const ranges = (sent.kind === 'logon' && sent.terminal?.portRanges) || [];
  return {
    recognised: true,
    malformed: false,
    length: payload.length,
    time: sent.time,
    ip: sent.kind === 'keepalive' ? '255.255.255.255' : (sent.ip ?? '0.0.0.0'),
    textLength: Buffer.byteLength(textOf(sent)),
    text: textOf(sent),
    host: sent.kind === 'logon' ? sent.workstation : '',
    domain: sent.kind === 'unparsed' ? '' : sent.domain,
    // The dissector shows the word in the middle of a keepalive as its user.
    user: sent.kind === 'logon' ? sent.user : 'keepalive',
    version: sent.kind === 'keepalive' ? sent.version : '',
    rangeCount: sent.kind === 'logon' && sent.terminal ? ranges.length : null,
    portRanges: ranges.map(([first, last]) => [first, last]),
    otherAddresses: sent.kind === 'logon' && sent.ip2 ? [sent.ip2] : [],
  };
}

describe('tshark reads the fields that were meant', () => {
  test.each<[what: string, sent: fc.Arbitrary<DatagramToSend>]>([
    ['in plain logons', plain],
    ['in logons with a second address', secondAddress],
    ['in logons on a terminal server with 1 to 12 port ranges', terminal],
    ['in keepalives', keepalive],
  ])('%s', (_what, arbitrary) => {
    const sent = fc.sample(arbitrary, { numRuns: 200, seed: 8002 });
    const payloads = sent.map((datagram) => encodeDatagram(datagram));
    const read = dissect(payloads);
    sent.forEach((datagram, index) => {
      expect(read[index]).toEqual(expected(datagram, payloads[index] as Buffer));
    });
  });

  test('in every worked example that it can read', () => {
    const readable = datagramExamples.filter(({ send, nul }) => nul !== false && !('ipv6' in send));
    expect(readable).toHaveLength(6);
    const payloads = readable.map(({ send }) => encodeDatagram(send));
    expect(dissect(payloads)).toEqual(
      readable.map(({ send }, index) => expected(send, payloads[index] as Buffer)),
    );
  });
});

describe('the known limits of tshark', () => {
  const logon = {
    kind: 'logon',
    time: 1713732662,
    ip: '10.0.0.1',
    workstation: 'PC1',
    domain: 'CORP',
    user: 'alice',
  } as const;

  test('a text without a NUL is malformed for it', () => {
    const [read] = dissect([encodeDatagram(logon, { nul: false })]);
    expect(read).toMatchObject({ recognised: true, malformed: true, ip: '10.0.0.1', textLength: 14 });
  });

  test('an IPv6 tail is two addresses for it', () => {
    const ipv6 = '2002:c0a8:c9c7::a14:1e63';
    const [read] = dissect([encodeDatagram({ ...logon, ipv6 })]);
    const { otherAddresses, malformed, user } = read as Dissection;
    expect({ otherAddresses, malformed, user }).toEqual({
      otherAddresses: ['192.168.201.199', '10.20.30.99'],
      malformed: false,
      user: 'alice',
    });
  });

  test('the length of the text is not checked by it', () => {
    const payload = encodeDatagram(logon);
    payload.writeUInt16BE(3, 10);
    expect(dissect([payload])[0]).toMatchObject({ malformed: false, textLength: 3, user: 'alice' });
  });

  test('each byte of a letter beyond ASCII is a replacement character for it', () => {
    const users = ['José', '漢字', 'ana😀'];
    const read = dissect(users.map((user) => encodeDatagram({ ...logon, user })));
    const replaced = users.map((user) =>
      Buffer.from(user)
        .toString('latin1')
        .replace(/[\x80-\xff]/g, '\ufffd'),
    );
    expect(read.map(({ user }) => user)).toEqual(replaced);
    expect(
      read.every(({ malformed, host, domain }) => !malformed && host === 'PC1' && domain === 'CORP'),
    ).toBe(true);
  });
});

test('without tshark there is one line that says what to install', () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    expect(() => tsharkVersion()).toThrow(
      /^text2pcap is not installed: run "apt-get install tshark" as root, then the tests again$/,
    );
  } finally {
    process.env['PATH'] = path;
  }
});
