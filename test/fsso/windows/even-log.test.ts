import { expect, test } from 'vitest';
import type { RpcClient } from '../../../src/fsso/rpc/client.ts';
import { encodeHandleAnswer } from '../../../src/fsso/rpc/interfaces/context-handle.ts';
import { encodeEventRecord } from '../../../src/fsso/rpc/interfaces/event-record.ts';
import {
  decodeReadLog,
  encodeLogNumber,
  encodeReadAnswer,
  logCalls,
} from '../../../src/fsso/rpc/interfaces/eventlog.ts';
import { EvenLog } from '../../../src/fsso/windows/even-log.ts';
import { SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const { signal } = new AbortController();

/** A log of MS-EVEN with one record for each user, of which some are spoilt on their way. */
function holding(users: readonly string[], spoil: (bytes: Buffer, record: number) => Buffer) {
  const log = new SecurityLog({ computer: 'DC1.corp.example' });
  const records = users.map((user) => {
    const record = log.write({
      id: 4768,
      generated: 1_763_800_000,
      strings: ticketStrings(user, '10.0.0.7'),
    });
    return spoil(encodeEventRecord(record), record.record);
  });
  const client = {
    async call(opnum: number, stub: Buffer) {
      if (opnum === logCalls.count) return encodeLogNumber(records.length, 0);
      if (opnum === logCalls.oldest) return encodeLogNumber(1, 0);
      if (opnum !== logCalls.read) return encodeHandleAnswer({ handle: Buffer.alloc(20, 1), status: 0 });
      const { record, bytes } = decodeReadLog(stub);
      return encodeReadAnswer(bytes, {
        ...{ records: Buffer.concat(records.slice(record - 1)), needed: 0, status: 0 },
      });
    },
  } as unknown as RpcClient;
  return new EvenLog(client, 'Security', { host: 'dc1', account: 'CORP\\svc-fsso' });
}

/** The texts of the event begin behind its end. */
const withoutTexts = (bytes: Buffer) => {
  bytes.writeUInt32LE(bytes.length + 100, 36);
  return bytes;
};

const ids = new Set([4768]);

test('a record that cannot be read is counted, and keeps no other from being read', async () => {
  const log = holding(['alice', 'bob', 'carol'], (bytes, record) =>
    record === 2 ? withoutTexts(bytes) : bytes,
  );
  const { newest } = await log.extent(signal);
  const reading = await log.read({ from: 1, to: newest, ids }, signal);
  expect(reading).toMatchObject({ readTo: 3, unreadable: 1 });
  expect(reading.events.map(({ data }) => data['TargetUserName'])).toEqual(['alice', 'carol']);
  expect(await log.at(2, signal)).toBe(null);
});

test('a log whose last records cannot be read is read to its end all the same', async () => {
  const log = holding(['alice', 'bob', 'carol'], (bytes, record) =>
    record > 1 ? withoutTexts(bytes) : bytes,
  );
  expect(await log.read({ from: 1, to: 3, ids }, signal)).toMatchObject({ readTo: 3, unreadable: 2 });
  expect(await log.read({ from: 2, to: 3, ids }, signal)).toMatchObject({
    readTo: 3,
    unreadable: 2,
    events: [],
  });
});

test('an answer that breaks off within a record is refused', async () => {
  const log = holding(['alice', 'bob'], (bytes, record) => (record === 2 ? bytes.subarray(0, -8) : bytes));
  await expect(log.read({ from: 1, to: 2, ids }, signal)).rejects.toMatchObject({
    problem: { code: 'bad-length' },
  });
});
