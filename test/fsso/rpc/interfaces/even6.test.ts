import { expect, test } from 'vitest';
import { RpcDecodeError } from '../../../../src/fsso/rpc/errors.ts';
import * as even6 from '../../../../src/fsso/rpc/interfaces/even6.ts';

const handle = Buffer.alloc(20, 7);
const control = Buffer.alloc(20, 8);

test('queries are registered', () => {
  const query = '*[System[(EventID=4768)]]';
  expect(even6.decodeRegisterQuery(even6.encodeRegisterQuery('Security', query))).toEqual({
    log: 'Security',
    query,
    flags: 0x101,
  });
  const answer = { handle, control, status: 0 };
  expect(even6.decodeQueryAnswer(even6.encodeQueryAnswer('Security', answer))).toEqual(answer);
  const refused = { ...answer, status: 15007 };
  expect(even6.decodeQueryAnswer(even6.encodeQueryAnswer('nowhere', refused))).toEqual(refused);
});

test('events come with their places', () => {
  expect(even6.decodeQueryNext(even6.encodeQueryNext(handle, 500, 1000))).toEqual({ handle, most: 500 });
  const results = [Buffer.from('first'), Buffer.from('the second')];
  const stub = even6.encodeNextAnswer({ results, status: 0 });
  expect(even6.decodeNextAnswer(stub)).toEqual({ results, status: 0 });
  const end = { results: [], status: even6.even6Statuses.noMoreItems };
  expect(even6.decodeNextAnswer(even6.encodeNextAnswer(end))).toEqual(end);
});

test('events that are not in the answer are refused', () => {
  const stub = even6.encodeNextAnswer({ results: [Buffer.from('only')], status: 0 });
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(stub);
    bytes.writeUInt32LE(value, at);
    return () => even6.decodeNextAnswer(bytes);
  };
  // Count, place, size, bytes.
  expect(changed(0, 2)).toThrow(RpcDecodeError);
  expect(changed(12, 1)).toThrow(RpcDecodeError);
  expect(changed(24, 5)).toThrow(RpcDecodeError);
  expect(changed(28, 0xffffffff)).toThrow(RpcDecodeError);
});

test('a result set has the XML behind its header', () => {
  const xml = Buffer.from('0f010100', 'hex');
  const result = even6.encodeResult(xml);
  expect(even6.binaryXmlOf(result)).toEqual(xml);
  expect(() => even6.binaryXmlOf(result.subarray(0, 22))).toThrow(RpcDecodeError);
});

test('a log tells numbers of itself', () => {
  expect(even6.decodeOpenChannel(even6.encodeOpenChannel('Security'))).toBe('Security');
  expect(even6.decodeChannelAnswer(even6.encodeChannelAnswer(handle, 0))).toEqual({ handle, status: 0 });
  expect(even6.decodeLogInfo(even6.encodeLogInfo(handle, 6))).toEqual({ handle, property: 6, room: 16 });
  expect(even6.decodeLogInfoAnswer(even6.encodeLogInfoAnswer(18930, 0))).toEqual({ value: 18930, status: 0 });
  expect(even6.decodeLogInfoAnswer(even6.encodeLogInfoAnswer(0, 5))).toEqual({ value: 0, status: 5 });
});
