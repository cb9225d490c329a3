import { expect, test } from 'vitest';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import { type Element, encodeElement } from '../../../src/fsso/wire/element.ts';
import {
  encodeBulk,
  encodeEvent,
  encodeGroupFilter,
  encodeHello,
  type LogonRecord,
  type Message,
} from '../../../src/fsso/wire/messages.ts';
import type { Sender } from '../../../src/fsso/wire/profile.ts';

const int = (code: number, value: number): Element => ({ code, type: 3, value });
const string = (code: number, value: string | Buffer): Element => ({ code, type: 5, value });
const container = (code: number, ...value: Element[]): Element => ({ code, type: 6, value });
const address = int(0x52, 0x0a000001);

function read(message: Element, from: Sender = 'collector', decoder = new MessageDecoder(from)) {
  return { messages: [...decoder.push(encodeElement(message))], decoder };
}

/** As `readRecord`, without the limit on what comes before a hello. */
function readRecordAfterHello(...attributes: Element[]) {
  const decoder = new MessageDecoder('collector');
  read(container(0x80), 'collector', decoder);
  return readRecordWith(decoder, attributes);
}

function readRecord(...attributes: Element[]) {
  return readRecordWith(new MessageDecoder('collector'), attributes);
}

function readRecordWith(decoder: MessageDecoder, attributes: Element[]) {
  const event = container(0x85, int(1, 9), container(0x50, ...attributes));
  const { messages } = read(event, 'collector', decoder);
  const [message] = messages as (Message & { kind: 'event' })[];
  return { record: message?.record as LogonRecord, tally: decoder.tally, messages };
}

test('a record with nothing but an address has empty names and is a plain logon', () => {
  expect(readRecord(address).record).toEqual({
    loggedOn: true,
    ip: '10.0.0.1',
    session: 0,
    user: '',
    domain: '',
    workstation: '',
    groups: '',
    logonTime: 0,
    kind: 1,
    portRanges: [],
    extra: [],
  });
});

test.each<[what: string, flags: Element[], loggedOn: boolean, contradictions: number]>([
  ['logon by 0x51', [int(0x51, 1), int(0x58, 0)], true, 0],
  ['logoff by 0x51', [int(0x51, 0), int(0x58, 1)], false, 0],
  ['logon by any other value of 0x51', [int(0x51, 77), int(0x58, 0)], true, 0],
  ['logoff by 0x58 where 0x51 is absent', [int(0x58, 1)], false, 0],
  ['logon by 0x58 where 0x51 is absent', [int(0x58, 0)], true, 0],
  ['0x51 against 0x58, counted', [int(0x51, 1), int(0x58, 1)], true, 1],
  ['0x51 against 0x58, counted, the other way', [int(0x51, 0), int(0x58, 0)], false, 1],
])('%s', (_what, flags, loggedOn, contradictions) => {
  const { record, tally } = readRecord(address, ...flags);
  expect(record.loggedOn).toBe(loggedOn);
  expect(tally.contradictions).toBe(contradictions);
});

test('the last of a repeated attribute wins, but port ranges are a list', () => {
  const { record } = readRecord(
    int(0x52, 1),
    address,
    string(0x55, 'first'),
    string(0x55, 'last'),
    int(0x5c, 0x04c8058f),
    int(0x5c, 0x05900657),
  );
  expect(record).toMatchObject({ ip: '10.0.0.1', user: 'last' });
  expect(record.portRanges).toEqual([
    [1224, 1423],
    [1424, 1623],
  ]);
});

test('a port range that runs backwards is dropped and counted', () => {
  const { record, tally } = readRecord(address, int(0x5c, 0x00020001), int(0x5c, 0x00030003));
  expect(record.portRanges).toEqual([[3, 3]]);
  expect(tally.rejectedRanges).toBe(1);
});

test('of a record with more port ranges than could be meant the first 1024 are kept, and the others counted', () => {
  const { record, tally } = readRecordAfterHello(
    address,
    ...Array<Element>(1100).fill(int(0x5c, 0x00010002)),
  );
  expect(record.portRanges).toHaveLength(1024);
  expect(tally.rejectedRanges).toBe(76);
});

test('unknown attributes of a record are kept up to 64 KiB together, and all are counted', () => {
  const large: Element = { code: 0x5a, type: 1, value: Buffer.alloc(30_000) };
  const { record, tally } = readRecordAfterHello(address, large, large, large);
  expect(record.extra).toHaveLength(2);
  expect(tally).toMatchObject({ unknownAttributes: 3, droppedAttributes: 1 });
});

test('an integer of another size is kept raw and counted', () => {
  const short = { code: 0x57, type: 3, value: Buffer.from([1, 2]) };
  const { record, tally } = readRecord(address, int(0x57, 5), short);
  expect(record.logonTime).toBe(5);
  expect(record.extra).toEqual([short]);
  expect(tally.misshapenIntegers).toBe(1);
});

test('unknown attributes come back out as they went in', () => {
  const unknown: Element[] = [
    { code: 0x5a, type: 4, value: Buffer.from('00112233445566778899aabbccddeeff', 'hex') },
    { code: 0x5e, type: 5, value: Buffer.from([0xe9]) },
    { code: 0x5f, type: 6, value: encodeElement(int(1, 1)) },
  ];
  const { record, tally } = readRecord(address, ...unknown);
  expect(record.extra).toEqual(unknown);
  expect(tally.unknownAttributes).toBe(3);
  expect([...new MessageDecoder('collector').push(encodeEvent(1, record))]).toMatchObject([{ record }]);
});

test('a record without an address is kept as unknown, not made an entry', () => {
  const event = readRecord(string(0x55, 'u'));
  expect(event.messages).toMatchObject([{ kind: 'unknown', code: 0x85 }]);
  const { messages, decoder } = read(container(0x84, int(1, 9), container(0x50, string(0x55, 'u'))));
  expect(messages).toMatchObject([
    { kind: 'bulk-start', sync: 9 },
    { kind: 'unknown', code: 0x50, length: 13 },
    { kind: 'bulk-end' },
  ]);
  expect(decoder.unknown).toBe(1);
});

test('an event with two records is two events, of which only the first has the sequence number', () => {
  const { messages } = read(
    container(0x85, int(1, 9), int(0x70, 0), container(0x50, address), container(0x50, int(0x52, 2))),
  );
  expect(messages).toMatchObject([
    { kind: 'event', sync: 9, record: { ip: '10.0.0.1' } },
    { kind: 'event', sync: 0, record: { ip: '0.0.0.2' } },
  ]);
});

test('unknown attributes of a BULK come with its start or its end', () => {
  const unknown = (code: number): Element => ({ code, type: 1, value: Buffer.from([code]) });
  const { messages } = read(
    container(0x84, int(1, 9), int(0x60, 1), unknown(0x62), container(0x50, address), unknown(0x63)),
  );
  expect(messages).toMatchObject([
    { kind: 'bulk-start', sync: 9, extra: [unknown(0x62)] },
    { kind: 'bulk-record' },
    { kind: 'bulk-end', extra: [unknown(0x63)] },
  ]);
});

test('text that is not UTF-8 is read as Windows-1252', () => {
  const { record } = readRecord(
    address,
    string(0x55, Buffer.from('Jos\xe9 \x80', 'latin1')),
    string(0x54, 'Zürich 漢字 \ufffd'),
  );
  expect(record).toMatchObject({ user: 'José €', domain: 'Zürich 漢字 \ufffd' });
});

test('a group filter is read by position and type, whatever its codes', () => {
  const { messages } = read(
    container(
      0x82,
      int(1, 4),
      int(0xa0, 2),
      container(0xa1, int(0xa2, 7), string(0xa3, 'CN=a\0'), string(0xa4, 'no')),
      container(0xb1, string(0xb2, 'D/G')),
      container(0xc1, int(0xc2, 7)),
    ),
    'fortigate',
  );
  expect(messages).toEqual([
    {
      kind: 'group-filter',
      sync: 4,
      groups: ['CN=a', 'D/G'],
      extra: [{ code: 0xc1, type: 6, value: encodeElement(int(0xc2, 7)) }],
    },
  ]);
});

test('a group filter that nests too deep is refused, also where a name comes first', () => {
  const deep = (depth: number): Element =>
    depth === 0 ? int(1, 1) : container(0xf0, string(1, 'n'), deep(depth - 1));
  expect(read(container(0x82, deep(3)), 'fortigate').messages).toMatchObject([{ groups: ['n'] }]);
  expect(() => read(container(0x82, deep(4)), 'fortigate')).toThrow(
    expect.objectContaining({ name: 'DecodeError', reason: 'nesting' }),
  );
});

test('2047 names of 511 bytes pass as a group filter', () => {
  const groups = Array.from({ length: 2047 }, (_, index) => `${index}`.padEnd(511, 'g'));
  const decoder = new MessageDecoder('fortigate');
  const hello = encodeHello('fortigate', { sync: 1, name: 'n', identity: 'i', proof: Buffer.alloc(16) });
  expect([...decoder.push(hello), ...decoder.push(encodeGroupFilter(2, groups))]).toMatchObject([
    { kind: 'hello' },
    { kind: 'group-filter', groups },
  ]);
});

test('a hello of parts is a hello with the rest empty', () => {
  expect(read(container(0x80, int(1, 5), string(0x13, 'FGVM01-root\0\0'))).messages).toEqual([
    {
      kind: 'hello',
      sync: 5,
      capability: 0,
      name: '',
      identity: 'FGVM01-root',
      proof: Buffer.alloc(0),
      extra: [],
    },
  ]);
});

test('a number or address that does not fit the wire is refused by name', () => {
  const record: LogonRecord = readRecord(address).record;
  expect(() => encodeEvent(1.5, record)).toThrow('attribute 0x1: 1.5 is not a whole number');
  expect(() => encodeBulk(1, [{ ...record, ip: 'fe80::1' }])).toThrow('ip: "fe80::1" is not an IPv4 address');
  expect(() => encodeBulk(1, [{ ...record, portRanges: [[5, 4]] }])).toThrow('portRanges: 5-4 is not');
});
