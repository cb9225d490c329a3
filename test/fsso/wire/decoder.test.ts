import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import { DecodeError } from '../../../src/fsso/wire/element.ts';
import {
  encodeBulk,
  encodeEvent,
  encodeHello,
  encodeKeepalive,
  type LogonRecord,
  type Message,
} from '../../../src/fsso/wire/messages.ts';
import type { Sender } from '../../../src/fsso/wire/profile.ts';
import { buffer, cutAt, mutated, mutations, stream } from './arbitraries.ts';

const greeting = encodeHello('collector', {
  sync: 1,
  name: 'n',
  identity: 'i',
  proof: Buffer.alloc(16),
});
const senders: Sender[] = ['collector', 'fortigate'];
const user: LogonRecord = {
  loggedOn: true,
  ip: '10.0.0.1',
  session: 0,
  user: 'u',
  domain: 'D',
  workstation: 'W',
  groups: 'D/G',
  logonTime: 1,
  kind: 1,
  portRanges: [],
  extra: [],
};

function read(decoder: MessageDecoder, ...chunks: Buffer[]): Message[] {
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

/** A decoder that has read the hello of its peer. */
function greeted(from: Sender = 'collector', limits = {}): MessageDecoder {
  const decoder = new MessageDecoder(from, limits);
  read(decoder, greeting);
  return decoder;
}

function header(length: number, code: number, type = 6): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, code, type]);
  bytes.writeUInt32BE(length);
  return bytes;
}

function failure(action: () => unknown): DecodeError {
  try {
    action();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(senders)('a stream from a %s', (from) => {
  test('gives the messages that were written, however it is split', () => {
    fc.assert(
      fc.property(stream[from], fc.array(fc.nat(), { maxLength: 12 }), ({ bytes, messages }, places) => {
        const decoder = new MessageDecoder(from);
        expect(read(decoder, ...cutAt(bytes, places))).toEqual(messages);
        expect(decoder.atBoundary).toBe(true);
      }),
    );
  });

  test('gives the messages that were written, byte by byte', () => {
    fc.assert(
      fc.property(stream[from], ({ bytes, messages }) => {
        const single = Array.from(bytes, (byte) => Buffer.from([byte]));
        expect(read(new MessageDecoder(from), ...single)).toEqual(messages);
      }),
      { numRuns: 20 },
    );
  });

  test('that was damaged throws nothing but a decode error inside the bytes, wherever it is split', () => {
    const run = (bytes: Buffer, places: number[]) => {
      const decoder = new MessageDecoder(from);
      const seen: unknown[] = [];
      try {
        for (const chunk of cutAt(bytes, places))
          for (const message of decoder.push(chunk)) seen.push(message);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        const { reason, offset } = error as DecodeError;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(bytes.length);
        seen.push({ reason, offset });
      }
      return seen;
    };
    fc.assert(
      fc.property(
        stream[from],
        mutations,
        fc.array(fc.nat(), { maxLength: 6 }),
        ({ bytes }, changes, places) => {
          const damaged = mutated(bytes, changes);
          expect(run(damaged, places)).toEqual(run(damaged, []));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of arbitrary bytes throws nothing but a decode error', () => {
    fc.assert(
      fc.property(buffer({ maxLength: 300 }), (bytes) => {
        try {
          read(new MessageDecoder(from), bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

describe('memory', () => {
  test('does not follow a BULK of 400 MB: each record is handed on as soon as it is there', () => {
    const decoder = greeted();
    const records = encodeBulk(2, Array<LogonRecord>(500).fill(user)).subarray(36);
    const perRecord = records.length / 500;
    expect(read(decoder, header(400_000_000, 0x84))).toEqual([]);
    let given = 0;
    let pushed = 0;
    let most = 0;
    for (let round = 0; round < 40; round++) {
      for (let at = 0; at < records.length; at += 1460) {
        const chunk = records.subarray(at, at + 1460);
        pushed += chunk.length;
        for (const message of decoder.push(chunk)) if (message.kind === 'bulk-record') given++;
        expect(given).toBe(Math.floor(pushed / perRecord));
        most = Math.max(most, decoder.buffered);
      }
    }
    expect(given).toBe(20_000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * perRecord);
  });

  test('grows with what came, not with what was announced', () => {
    const decoder = greeted();
    read(decoder, header(4 * 1024 * 1024, 0x85), Buffer.alloc(1000));
    expect(decoder.buffered).toBeGreaterThanOrEqual(1006);
    expect(decoder.buffered).toBeLessThanOrEqual(4096);
    read(decoder, Buffer.alloc(1_000_000));
    expect(decoder.buffered).toBeLessThanOrEqual(2_100_000);
  });

  test('is given back after a long message', () => {
    const decoder = greeted();
    const long = encodeEvent(5, { ...user, groups: 'g'.repeat(1_000_000) });
    expect(read(decoder, long.subarray(0, 500_000), long.subarray(500_000))).toHaveLength(1);
    expect(decoder.buffered).toBe(0);
  });

  test('of the chunk is not kept by what was read from it', () => {
    const unknown = { code: 0x5a, type: 1, value: Buffer.from('abc') };
    const chunk = encodeEvent(5, { ...user, extra: [unknown] });
    const messages = read(greeted(), chunk);
    chunk.fill(0);
    expect(messages).toEqual([{ kind: 'event', sync: 5, record: { ...user, extra: [unknown] }, extra: [] }]);
  });

  test('does not follow unknown attributes, of which the first 64 are kept and all are counted', () => {
    const decoder = greeted();
    const attribute = header(6, 0xf0, 1);
    const frame = Buffer.concat([header(6 + 600 * 6, 0x84), ...Array<Buffer>(600).fill(attribute)]);
    const [start] = read(decoder, frame);
    expect(start).toMatchObject({ kind: 'bulk-start', extra: { length: 64 } });
    expect(decoder.tally).toMatchObject({ unknownAttributes: 600, droppedAttributes: 536 });
  });
});

describe('limits', () => {
  test('4 KiB until the hello', () => {
    expect(read(new MessageDecoder('fortigate'), header(4096, 0x80))).toEqual([]);
    expect(failure(() => read(new MessageDecoder('fortigate'), header(4097, 0x80)))).toMatchObject({
      reason: 'too-long',
      offset: 0,
    });
    expect(failure(() => read(new MessageDecoder('collector'), header(4097, 0x84)))).toMatchObject({
      reason: 'too-long',
    });
  });

  test('a keepalive does not lift the limit, the hello does', () => {
    const decoder = new MessageDecoder('fortigate');
    read(decoder, encodeKeepalive(1));
    expect(failure(() => read(decoder, header(4097, 0x82)))).toMatchObject({
      reason: 'too-long',
      offset: 16,
    });
    expect(read(greeted('fortigate'), header(4097, 0x82))).toEqual([]);
  });

  const mebibyte = 1024 * 1024;
  test.each<[what: string, from: Sender, code: number, most: number]>([
    ['512 MiB for a BULK from a collector', 'collector', 0x84, 512 * mebibyte],
    ['512 MiB for an unknown message from a collector', 'collector', 0x99, 512 * mebibyte],
    ['4 MiB for an event from a collector', 'collector', 0x85, 4 * mebibyte],
    ['2 MiB for a filter from a FortiGate', 'fortigate', 0x82, 2 * mebibyte],
    ['2 MiB for an unknown message from a FortiGate', 'fortigate', 0x99, 2 * mebibyte],
  ])('%s', (_what, from, code, most) => {
    expect(read(greeted(from), header(most, code))).toEqual([]);
    expect(failure(() => read(greeted(from), header(most + 1, code)))).toMatchObject({
      reason: 'too-long',
      offset: greeting.length,
    });
  });

  test('2 MiB for one record of a BULK', () => {
    const frame = header(400_000_000, 0x84);
    expect(read(greeted(), frame, header(2 * mebibyte, 0x50))).toEqual([]);
    expect(failure(() => read(greeted(), frame, header(2 * mebibyte + 1, 0x50)))).toMatchObject({
      reason: 'too-long',
      offset: greeting.length + 6,
    });
  });

  test('others, where they are given', () => {
    expect(failure(() => read(greeted('collector', { held: 100 }), header(101, 0x85)))).toMatchObject({
      reason: 'too-long',
    });
  });
});

describe('a stream is refused, with the place,', () => {
  const at = greeting.length;
  test.each<[why: string, bytes: Buffer, reason: string, offset: number]>([
    ['for a message shorter than its header', header(5, 0x86), 'bad-length', at],
    ['for a message that is no container', header(16, 0x86, 5), 'not-a-container', at],
    [
      'for a child that overruns its message',
      Buffer.concat([header(12, 0x86), header(7, 1)]),
      'overrun',
      at + 6,
    ],
    [
      'for a child shorter than its header',
      Buffer.concat([header(12, 0x86), header(5, 1)]),
      'bad-length',
      at + 6,
    ],
    [
      'for a child cut short by its message',
      Buffer.concat([header(9, 0x86), Buffer.alloc(3)]),
      'overrun',
      at + 6,
    ],
    [
      'for a record that overruns its BULK',
      Buffer.concat([header(20, 0x84), header(15, 0x50)]),
      'overrun',
      at + 6,
    ],
    ['for a record header cut short by its BULK', Buffer.concat([header(11, 0x84)]), 'overrun', at + 6],
    [
      'for an attribute that overruns its record',
      Buffer.concat([header(18, 0x84), header(12, 0x50), header(7, 0x51, 3)]),
      'overrun',
      at + 12,
    ],
  ])('%s', (_why, bytes, reason, offset) => {
    expect(failure(() => read(greeted(), bytes))).toMatchObject({ reason, offset });
    const single = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(failure(() => read(greeted(), ...single))).toMatchObject({ reason, offset });
  });

  test('for containers nested more than four deep', () => {
    const nested = (depth: number): Buffer => {
      const inner = depth === 1 ? Buffer.alloc(0) : nested(depth - 1);
      return Buffer.concat([header(6 + inner.length, 0xf0), inner]);
    };
    const message = (depth: number) => Buffer.concat([header(6 + 6 * depth, 0x86), nested(depth)]);
    expect(read(greeted(), message(3))).toHaveLength(1);
    expect(failure(() => read(greeted(), message(4)))).toMatchObject({ reason: 'nesting', offset: at + 24 });
    const inRecord = (depth: number) => {
      const record = Buffer.concat([header(6 + 6 * depth, 0x50), nested(depth)]);
      return Buffer.concat([header(6 + record.length, 0x84), record]);
    };
    expect(read(greeted(), inRecord(2))).toHaveLength(3);
    expect(failure(() => read(greeted(), inRecord(3)))).toMatchObject({ reason: 'nesting' });
  });

  test('and stays refused', () => {
    const decoder = greeted();
    const first = failure(() => read(decoder, header(5, 0x86)));
    expect(failure(() => read(decoder, encodeKeepalive(1)))).toBe(first);
  });
});

describe('an unknown message', () => {
  test('is kept whole and counted, and the stream goes on', () => {
    const decoder = greeted();
    const bytes = Buffer.concat([header(9, 0x99), Buffer.from('abc')]);
    expect(read(decoder, bytes, encodeKeepalive(7))).toEqual([
      { kind: 'unknown', code: 0x99, bytes, length: 9 },
      { kind: 'keepalive', sync: 7, extra: [] },
    ]);
    expect(decoder.unknown).toBe(1);
  });

  test('that is long is skipped while it comes, and its first bytes are kept', () => {
    const decoder = greeted();
    const length = 100_000_000;
    const chunk = Buffer.alloc(1_000_000, 7);
    expect(read(decoder, header(length, 0x99))).toEqual([]);
    for (let left = length - 6; left > 0; left -= chunk.length) {
      const messages = read(decoder, chunk.subarray(0, Math.min(left, chunk.length)));
      expect(decoder.buffered).toBeLessThanOrEqual(2 * 64 * 1024);
      if (left > chunk.length) expect(messages).toEqual([]);
      else
        expect(messages).toMatchObject([{ kind: 'unknown', code: 0x99, length, bytes: { length: 65536 } }]);
    }
    expect(read(decoder, encodeKeepalive(7))).toMatchObject([{ kind: 'keepalive', sync: 7 }]);
    expect(decoder.unknown).toBe(1);
  });

  test('that was skipped counts in the place of a later error', () => {
    const decoder = greeted('collector', { unknownKept: 10 });
    const bytes = Buffer.concat([header(1000, 0x99), Buffer.alloc(994), header(5, 0x86)]);
    expect(failure(() => read(decoder, ...cutAt(bytes, [20, 300, 999])))).toMatchObject({
      reason: 'bad-length',
      offset: greeting.length + 1000,
    });
  });

  test('is also one that only the other side may send', () => {
    const decoder = greeted('fortigate');
    expect(read(decoder, encodeBulk(1, []), encodeEvent(1, user))).toMatchObject([
      { kind: 'unknown', code: 0x84 },
      { kind: 'unknown', code: 0x85 },
    ]);
    expect(decoder.unknown).toBe(2);
  });
});
