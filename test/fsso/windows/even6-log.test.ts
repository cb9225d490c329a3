import { expect, test } from 'vitest';
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
import { resultOf } from '../../../src/lab/windows/rpc/event-xml.ts';
import { type LogRecord, SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

test('an event that cannot be read is counted, and keeps no other from being read', async () => {
  const log = new SecurityLog({ name: 'Security', computer: 'DC1.corp.example' });
  for (const user of ['alice', 'bob'])
    log.write({ id: 4768, generated: 1_763_800_000, strings: ticketStrings(user, '10.0.0.7') });
  const [alice, bob] = [1, 2].map((record) => resultOf('Security', log.at(record) as LogRecord)) as [
    Buffer,
    Buffer,
  ];
  const answers = [alice, encodeResult(Buffer.from('00ff', 'hex')), bob];
  const handle = Buffer.alloc(20, 1);
  const replies: Readonly<Record<number, () => Buffer>> = {
    [even6Calls.registerQuery]: () =>
      encodeQueryAnswer('Security', { handle, control: handle, status: even6Statuses.done }),
    [even6Calls.queryNext]: () => {
      const results = answers.splice(0);
      const status = results.length === 0 ? even6Statuses.noMoreItems : even6Statuses.done;
      return encodeNextAnswer({ results, status });
    },
    [even6Calls.close]: () => encodeHandleAnswer({ handle: Buffer.alloc(20), status: 0 }),
  };
  const client = { call: async (opnum: number) => replies[opnum]?.() } as unknown as RpcClient;
  const reader = new Even6Log(client, 'Security', { host: 'dc1', account: 'CORP\\svc-fsso' });
  const reading = await reader.read({ from: 1, to: 3, ids: new Set([4768]) }, new AbortController().signal);
  expect(reading).toMatchObject({ readTo: 3, unreadable: 1 });
  expect(reading.events.map(({ data }) => data['TargetUserName'])).toEqual(['alice', 'bob']);
});
