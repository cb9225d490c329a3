import { expect, test } from 'vitest';
import { LinkTraffic } from '../../../src/fsso/gate/traffic.ts';
import type { Connect, TransportEvents } from '../../../src/fsso/gate/transport.ts';
import { messageDetail } from '../../../src/fsso/inspect/message-detail.ts';
import { messageRow } from '../../../src/fsso/inspect/message-row.ts';
import { MessageTrace, type TraceLimits, traceLimits } from '../../../src/fsso/inspect/trace.ts';
import { encodeElement } from '../../../src/fsso/wire/element.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeGroupFilter,
  encodeHello,
  encodeKeepalive,
  encodeSendAll,
} from '../../../src/fsso/wire/messages.ts';
import { logon } from '../../support/fake-network.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const link = 'corp|10.0.0.1:8000';

/** A trace of one connection whose passages the test makes. */
function listen(limits: Partial<TraceLimits> = {}) {
  const clock = new ManualClock();
  const traffic = new LinkTraffic();
  const trace = new MessageTrace(traffic, clock, { ...traceLimits, ...limits });
  const made: TransportEvents[] = [];
  const connect: Connect = (_, events) => {
    made.push(events);
    return { write() {}, close() {}, gone: Promise.resolve() };
  };
  const open = () => {
    const transport = traffic.over('corp', connect)(
      { host: '10.0.0.1', port: 8000, purpose: 'login' },
      { opened() {}, received() {}, closed() {} },
    );
    const events = made.at(-1) as TransportEvents;
    return { transport, events };
  };
  const rows = () => trace.of(link).map((traced) => messageRow(link, traced));
  const lines = () => rows().map(({ direction, name, summary }) => `${direction} ${name}: ${summary}`);
  return { clock, trace, open, rows, lines };
}

const proof = Buffer.from('0123456789abcdef');
const collectorHello = encodeHello('collector', { sync: 100_001, name: 'FSSO 5.0', identity: 'C1', proof });

test('a whole connection is told, message by message, however it is split', () => {
  const { open, lines, rows } = listen();
  const { transport, events } = open();
  events.opened();
  for (const octet of collectorHello) events.received(Buffer.from([octet]));
  const identity = 'FGVM010000000001-root';
  transport.write(
    Buffer.concat([
      encodeHello('fortigate', { sync: 1, name: 'fabrictop', identity, proof }),
      encodeGroupFilter(2, ['CN=Sales', 'CN=IT']),
      encodeSendAll(3),
    ]),
  );
  events.received(
    Buffer.concat([
      encodeAuthResult(1, 1),
      encodeBulk(100_002, [logon({ user: 'ANNA', ip: '10.0.0.7' }), logon({ user: 'BOB' })]),
      encodeEvent(100_003, { ...logon({ user: 'CARL', session: 3 }), loggedOn: false }),
      encodeKeepalive(100_004),
    ]),
  );
  events.closed(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
  expect(lines()).toEqual([
    'link connecting: ',
    'link connected: ',
    'received HELLO: "FSSO 5.0" as C1, with a challenge',
    `sent HELLO: "fabrictop" as ${identity}, with a response`,
    'sent GROUP_FILTER: 2 groups: CN=Sales, CN=IT',
    'sent SEND_ALL: asks for all logons',
    'received AUTH_RESULT: 1, accepted',
    expect.stringMatching(/^received BULK: 2 records; the first: logon of CORP\\ANNA at 10\.0\.0\.7/),
    expect.stringMatching(/^received EVENT: logoff of CORP\\CARL at .* session 3/),
    'received KEEPALIVE: ',
    'link closed: by the collector or on the way: ECONNRESET',
  ]);
  expect(rows()[2]).toMatchObject({
    code: 0x80,
    sync: 100_001,
    length: collectorHello.length,
    unknown: false,
  });
  expect(rows()[7]?.users).toEqual(['ANNA', 'BOB']);
  expect(rows().some((row) => row.unknown)).toBe(false);
});

test('unknown messages and attributes are marked, and shown as bytes', () => {
  const { open, rows, trace } = listen();
  const { events } = open();
  events.received(collectorHello);
  events.received(
    encodeElement({ code: 0x8b, type: 6, value: [{ code: 0x33, type: 2, value: Buffer.from('abc') }] }),
  );
  const extra = [{ code: 0x5f, type: 5, value: Buffer.from('new') }];
  events.received(encodeEvent(100_002, logon({ user: 'EVA', extra })));
  const [, , odd, event] = rows();
  expect(odd).toMatchObject({
    name: 'unknown',
    code: 0x8b,
    unknown: true,
    summary: 'not known; 9 bytes inside',
  });
  expect(event).toMatchObject({ name: 'EVENT', unknown: true, users: ['EVA'] });
  expect(event?.summary).toMatch(/; 1 part not known$/);
  const traced = trace.of(link)[2];
  const detail = traced && messageDetail(link, traced);
  expect(detail?.attributes).toMatchObject([{ code: 0x33, name: null, bytes: { offset: 12 } }]);
});

test('a BULK of 300,000 records is counted, and only its beginning is kept', () => {
  const { open, rows, trace } = listen();
  const { events } = open();
  events.received(collectorHello);
  const records = Array.from({ length: 1_000 }, (_, index) => logon({ user: `USER${index}` }));
  // One frame as a genuine collector may send it, in chunks as a socket hands them on.
  const part = encodeBulk(100_002, records);
  const header = 6 + 30;
  const body = part.subarray(header);
  const frame = Buffer.concat([part.subarray(0, header), ...Array.from({ length: 300 }, () => body)]);
  frame.writeUInt32BE(frame.length, 0);
  for (let at = 0; at < frame.length; at += 65_536) events.received(frame.subarray(at, at + 65_536));
  const row = rows().at(-1);
  expect(row).toMatchObject({ name: 'BULK', length: frame.length, unknown: false });
  expect(row?.summary).toMatch(/^300,000 records; the first: logon of CORP\\USER0 /);
  const traced = trace.of(link).at(-1);
  const detail = traced && messageDetail(link, traced);
  expect(detail?.note).toBe(
    `Only its first 65536 bytes are kept here, of ${frame.length}. Its 300000 records are all among the users.`,
  );
  const shown = detail?.attributes.filter((each) => each.name === 'record').length ?? 0;
  expect(shown).toBeGreaterThan(300);
});

test('what is kept of a link is bounded by messages and by bytes, and those that go are named', () => {
  const dropped: number[] = [];
  const { open, trace, rows } = listen({ messages: 5, bytes: 200, message: 64 });
  trace.listen((_, __, gone) => dropped.push(...gone.map((each) => each.number)));
  const { events } = open();
  for (let sync = 1; sync <= 20; sync += 1) events.received(encodeKeepalive(sync));
  expect(rows().map((row) => row.sync)).toEqual([16, 17, 18, 19, 20]);
  expect(dropped).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  for (let sync = 21; sync <= 25; sync += 1) events.received(encodeEvent(sync, logon({ user: 'X' })));
  expect(rows().map((row) => row.sync)).toEqual([23, 24, 25]);
});

test('another program on the port, and a message that breaks off, are shown with what came', () => {
  const { open, rows, trace } = listen();
  const { events } = open();
  events.received(Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'));
  events.closed(null);
  expect(rows()[1]).toMatchObject({ name: 'no message', unknown: true, sync: null, code: null });
  expect(rows()[1]?.summary).toBe('begins with "SSH-2.0-OpenSSH_9.6\\r\\n"');
  const traced = trace.of(link)[1];
  const bytes =
    traced && messageDetail(link, traced).attributes.flatMap((each) => [...(each.bytes?.value ?? [])]);
  expect(Buffer.from(bytes ?? []).toString()).toBe('SSH-2.0-OpenSSH_9.6\r\n');
  const second = open().events;
  second.received(Buffer.from([0, 0, 0, 2, 0x80, 6, 9, 9]));
  expect(rows().at(-1)).toMatchObject({ name: 'no message', unknown: true });
  const third = open().events;
  third.received(collectorHello.subarray(0, 40));
  third.closed(null);
  expect(rows().at(-2)).toMatchObject({ name: 'unfinished', code: 0x80, unknown: true });
  expect(rows().at(-2)?.summary).toBe(`broken off: 40 bytes of ${collectorHello.length} bytes came`);
});
