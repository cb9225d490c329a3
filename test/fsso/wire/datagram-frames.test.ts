import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatagramFrames } from '../../../src/fsso/wire/datagram-frames.ts';
import { DecodeError } from '../../../src/fsso/wire/element.ts';

const datagram = (length: number, fill: number): Buffer => {
  const bytes = Buffer.alloc(length, fill);
  bytes.writeUInt16BE(length);
  return bytes;
};

test('datagrams are cut out of a stream however it comes in pieces', () => {
  const datagrams = fc.array(fc.tuple(fc.integer({ min: 13, max: 60 }), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(datagrams, fc.integer({ min: 1, max: 70 }), (sizes, step) => {
      const sent = sizes.map(([length, fill]) => datagram(length, fill));
      const stream = Buffer.concat(sent);
      const frames = new DatagramFrames();
      const found: Buffer[] = [];
      for (let at = 0; at < stream.length; at += step)
        found.push(...frames.push(stream.subarray(at, at + step)));
      expect(found).toEqual(sent);
      expect(frames.buffered).toBe(0);
    }),
  );
});

test.each([0, 12, 65_508, 65_535])('a length of %i ends the stream', (length) => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(length);
  const frames = new DatagramFrames();
  expect(() => frames.push(head)).toThrow(DecodeError);
});
