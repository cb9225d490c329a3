import * as fc from 'fast-check';
import type { DatagramToSend } from '../../../src/fsso/wire/datagram.ts';
import type { Element } from '../../../src/fsso/wire/element.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeGroupFilter,
  encodeHello,
  encodeKeepalive,
  encodeSendAll,
  type LogonRecord,
  type Message,
  type PortRange,
} from '../../../src/fsso/wire/messages.ts';

/** Text of any script, emoji and controls included; no lone surrogates, which no bytes can carry. */
export const text = fc.string({ unit: 'binary', maxLength: 20 });
const nameText = text.map((value) => value.replaceAll('\0', ''));
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const sync = u32;
export const buffer = (constraints: { minLength?: number; maxLength?: number }) =>
  fc.uint8Array(constraints).map((bytes) => Buffer.from(bytes));

const portRange = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }))
  .map(([one, other]): PortRange => [Math.min(one, other), Math.max(one, other)]);

const ipv4 = fc.ipV4();
const unknownAttribute: fc.Arbitrary<Element> = fc.record({
  code: fc.constantFrom(0x5a, 0x5b, 0x5e, 0x5f, 0xf0),
  type: fc.constantFrom(1, 2, 4, 5, 7),
  value: buffer({ maxLength: 20 }),
});
const extra = fc.array(unknownAttribute, { maxLength: 2 });

export const record: fc.Arbitrary<LogonRecord> = fc.record({
  loggedOn: fc.boolean(),
  ip: ipv4,
  session: u32,
  user: text,
  domain: text,
  workstation: text,
  groups: text,
  logonTime: u32,
  kind: u32,
  portRanges: fc.array(portRange, { maxLength: 3 }),
  extra,
});

/** Bytes of one frame beside the messages that a decoder is to make of them. */
export interface Frame {
  bytes: Buffer;
  messages: Message[];
}

const hello = fc.record({
  sync,
  capability: u32,
  name: nameText,
  identity: nameText,
  proof: buffer({ minLength: 16, maxLength: 16 }),
  extra,
});

const keepalive = sync.map(
  (value): Frame => ({
    bytes: encodeKeepalive(value),
    messages: [{ kind: 'keepalive', sync: value, extra: [] }],
  }),
);

const unknown = fc
  .record({ code: fc.constantFrom(0x81, 0x88, 0x99, 0xff), body: buffer({ maxLength: 40 }) })
  .map(({ code, body }): Frame => {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, body.length + 6, code, 6]), body]);
    return { bytes, messages: [{ kind: 'unknown', code, bytes, length: bytes.length }] };
  });

const collectorHello = hello.map(
  (value): Frame => ({
    bytes: encodeHello('collector', value),
    messages: [{ kind: 'hello', ...value }],
  }),
);

const collectorFrame: fc.Arbitrary<Frame> = fc.oneof(
  keepalive,
  unknown,
  fc.tuple(sync, u32).map(([value, status]) => ({
    bytes: encodeAuthResult(value, status),
    messages: [{ kind: 'auth-result' as const, sync: value, status, extra: [] }],
  })),
  fc.tuple(sync, record).map(([value, one]) => ({
    bytes: encodeEvent(value, one),
    messages: [{ kind: 'event' as const, sync: value, record: one, extra: [] }],
  })),
  fc.tuple(sync, fc.array(record, { maxLength: 4 })).map(([value, records]) => ({
    bytes: encodeBulk(value, records),
    messages: [
      { kind: 'bulk-start' as const, sync: value, extra: [] },
      ...records.map((one) => ({ kind: 'bulk-record' as const, record: one })),
      { kind: 'bulk-end' as const, extra: [] },
    ],
  })),
);

const fortigateHello = fc.tuple(hello, fc.nat(4)).map(
  ([value, identityPadding]): Frame => ({
    bytes: encodeHello('fortigate', { ...value, identityPadding }),
    messages: [{ kind: 'hello', ...value }],
  }),
);

const fortigateFrame: fc.Arbitrary<Frame> = fc.oneof(
  keepalive,
  unknown,
  sync.map((value) => ({
    bytes: encodeSendAll(value),
    messages: [{ kind: 'send-all' as const, sync: value, extra: [] }],
  })),
  fc.tuple(sync, fc.array(nameText, { maxLength: 5 })).map(([value, groups]) => ({
    bytes: encodeGroupFilter(value, groups),
    messages: [{ kind: 'group-filter' as const, sync: value, groups, extra: [] }],
  })),
);

const conversation = (first: fc.Arbitrary<Frame>, rest: fc.Arbitrary<Frame>) =>
  fc.tuple(first, fc.array(rest, { maxLength: 5 })).map(
    ([opening, others]): Frame => ({
      bytes: Buffer.concat([opening.bytes, ...others.map(({ bytes }) => bytes)]),
      messages: [...opening.messages, ...others.flatMap(({ messages }) => messages)],
    }),
  );

/** What each side may write, from its hello on. */
export const stream = {
  collector: conversation(collectorHello, collectorFrame),
  fortigate: conversation(fortigateHello, fortigateFrame),
};

/** Cuts `bytes` at the given places, which may repeat and lie anywhere. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return cuts.map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut));
}

/** Changes, removes or repeats a few bytes. */
export const mutations = fc.array(
  fc.record({
    at: fc.nat(2000),
    value: fc.integer({ min: 0, max: 255 }),
    how: fc.constantFrom('set', 'remove', 'insert', 'cut'),
  }),
  { minLength: 1, maxLength: 6 },
);
type Mutation = typeof mutations extends fc.Arbitrary<(infer M)[]> ? M : never;

/** The bytes after the changes. */
export function mutated(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, value, how } of changes) {
    const place = result.length === 0 ? 0 : at % result.length;
    const before = result.subarray(0, place);
    if (how === 'cut') result = Buffer.from(before);
    else if (how === 'remove') result = Buffer.concat([before, result.subarray(place + 1)]);
    else if (how === 'insert') result = Buffer.concat([before, Buffer.from([value]), result.subarray(place)]);
    else if (result.length > 0) result[place] = value;
  }
  return result;
}

const partText = nameText.map((value) => value.replaceAll('/', ''));
const partDomain = partText.filter((value) => value.toLowerCase() !== 'keepalive');
const logonFields = {
  kind: fc.constant('logon' as const),
  time: u32,
  ip: fc.option(ipv4.filter((ip) => ip !== '255.255.255.255' && ip !== '0.0.0.0')),
  workstation: partText,
  domain: partDomain,
  user: nameText,
};

/** Any datagram that an agent could mean. */
export const datagram: fc.Arbitrary<DatagramToSend> = fc.oneof(
  fc.record(logonFields),
  fc.record({ ...logonFields, ip2: ipv4.filter((ip) => ip !== '0.0.0.0') }),
  fc.record({ ...logonFields, terminal: fc.record({ session: u32, portRanges: fc.array(portRange) }) }),
  fc.record({ ...logonFields, tail: buffer({ minLength: 5, maxLength: 15 }) }),
  fc.record({ kind: fc.constant('keepalive' as const), time: u32, domain: partText, version: nameText }),
  fc.record({
    kind: fc.constant('unparsed' as const),
    time: u32,
    ip: logonFields.ip,
    text: partText,
    tail: buffer({ maxLength: 15 }),
  }),
);
