import { describe, expect, test } from 'vitest';
import type { RpcClient } from '../../../src/fsso/rpc/client.ts';
import { encodeHandleAnswer } from '../../../src/fsso/rpc/interfaces/context-handle.ts';
import {
  encodeNextAnswer,
  encodeQueryAnswer,
  encodeResult,
  even6Calls,
  even6Statuses,
} from '../../../src/fsso/rpc/interfaces/even6.ts';
import { Even6Log } from '../../../src/fsso/windows/even6-log.ts';
import type { LogReading } from '../../../src/fsso/windows/reading.ts';
import { resultOf } from '../../../src/lab/windows/rpc/event-xml.ts';
import { type LogRecord, SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const handle = Buffer.alloc(20, 1);
const control = Buffer.alloc(20, 2);
const { signal } = new AbortController();

/** Two tickets, as a machine sends them. */
function tickets(): readonly [alice: Buffer, bob: Buffer] {
  const log = new SecurityLog({ name: 'Security', computer: 'DC1.corp.example' });
  const [alice, bob] = ['alice', 'bob'].map((user) =>
    log.write({ id: 4768, generated: 1_763_800_000, strings: ticketStrings(user, '10.0.0.7') }),
  ) as [LogRecord, LogRecord];
  return [resultOf('Security', alice), resultOf('Security', bob)];
}

/** A machine that answers each EvtRpcQueryNext with the next of these: events, or a status; at last that there are no more. */
function answering(answers: readonly (readonly Buffer[] | number)[]) {
  const left = [...answers];
  const closed: Buffer[] = [];
  const client = {
    async call(opnum: number, stub: Buffer) {
      if (opnum === even6Calls.registerQuery)
        return encodeQueryAnswer('Security', { handle, control, status: even6Statuses.done });
      if (opnum === even6Calls.queryNext) {
        const next = left.shift() ?? even6Statuses.noMoreItems;
        return encodeNextAnswer(
          typeof next === 'number' ? { results: [], status: next } : { results: next, status: 0 },
        );
      }
      closed.push(stub);
      return encodeHandleAnswer({ handle: Buffer.alloc(20), status: 0 });
    },
  } as unknown as RpcClient;
  const reader = new Even6Log(client, 'Security', { host: 'dc1', account: 'CORP\\svc-fsso' });
  return {
    read: () => reader.read({ from: 1, to: 9, ids: new Set([4768]) }, signal),
    closed,
    asked: () => answers.length - left.length,
  };
}

const usersOf = ({ events }: LogReading) => events.map(({ data }) => data['TargetUserName']);

describe('an event log of MS-EVEN6', () => {
  test('holds an event that cannot be read, which is counted, and keeps no other from being read', async () => {
    const [alice, bob] = tickets();
    const { read, closed } = answering([[alice, encodeResult(Buffer.from('00ff', 'hex')), bob]]);
    const reading = await read();
    expect(reading).toMatchObject({ readTo: 9, unreadable: 1 });
    expect(usersOf(reading)).toEqual(['alice', 'bob']);
    expect(closed).toEqual([handle, control]);
  });

  test('is not at its end where the machine found nothing in time', async () => {
    const [alice, bob] = tickets();
    const reading = await answering([
      even6Statuses.timeout,
      [],
      even6Statuses.timeout,
      [alice],
      [bob],
    ]).read();
    expect(reading).toMatchObject({ readTo: 9 });
    expect(usersOf(reading)).toEqual(['alice', 'bob']);
  });

  test('is read on from the last event where the time is over behind it', async () => {
    const [alice, bob] = tickets();
    const reading = await answering([[alice], even6Statuses.timeout, [bob]]).read();
    expect(reading).toMatchObject({ readTo: 1 });
    expect(usersOf(reading)).toEqual(['alice']);
  });

  test('is not waited for without end', async () => {
    const { read, closed, asked } = answering(Array.from({ length: 100 }, () => even6Statuses.timeout));
    await expect(read()).rejects.toMatchObject({ problem: { code: 'ERROR_TIMEOUT' } });
    expect(asked()).toBe(30);
    expect(closed).toEqual([handle, control]);
  });

  test('that is cleared while it is read says so, and leaves no handle open', async () => {
    const { read, closed } = answering([15011]);
    await expect(read()).rejects.toMatchObject({ problem: { code: 'ERROR_EVT_QUERY_RESULT_STALE' } });
    expect(closed).toEqual([handle, control]);
  });
});
