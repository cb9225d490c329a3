import { expect, test } from 'vitest';
import {
  decodeMapReply,
  decodeMapRequest,
  encodeMapReply,
  encodeMapRequest,
} from '../../../../src/fsso/rpc/interfaces/epm.ts';
import { even6 } from '../../../../src/fsso/rpc/interfaces/even6.ts';

test('both sides of the question for a port understand each other', () => {
  expect(decodeMapRequest(encodeMapRequest(even6))).toBe(even6.uuid);
  expect(decodeMapReply(encodeMapReply({ interfaceId: even6, port: 49_664 }))).toBe(49_664);
  expect(decodeMapReply(encodeMapReply(null))).toBe(null);
});

test('a question or an answer that ends anywhere before its end is refused', () => {
  const reply = encodeMapReply({ interfaceId: even6, port: 49_664 });
  // Behind the tower stand the gap and a status, which say nothing.
  for (let length = 0; length < reply.length - 8; length += 1)
    expect(() => decodeMapReply(reply.subarray(0, length)), String(length)).toThrow(/at byte/);
  // A gap of up to three bytes, a handle and a count, which nobody looks at.
  const request = encodeMapRequest(even6);
  for (let length = 0; length < request.length - 27; length += 1)
    expect(() => decodeMapRequest(request.subarray(0, length)), String(length)).toThrow(/at byte/);
});

test('numbers of a tower that its bytes do not hold are refused', () => {
  const reply = encodeMapReply({ interfaceId: even6, port: 49_664 });
  const towerAt = 20 + 4 * 5;
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(reply);
    bytes.writeUInt32LE(value, at);
    return bytes;
  };
  // More towers than were asked for, a tower longer than the answer, and one of two lengths.
  expect(() => decodeMapReply(changed(32, 5))).toThrow('5 towers where 4 were asked for');
  expect(() => decodeMapReply(changed(towerAt, 0xffff_ffff))).toThrow('does not fit');
  expect(() => decodeMapReply(changed(towerAt + 4, 1))).toThrow('two lengths');
  // More floors than there are.
  const floors = Buffer.from(reply);
  floors.writeUInt16LE(0xffff, towerAt + 8);
  expect(() => decodeMapReply(floors)).toThrow('are needed');
});
