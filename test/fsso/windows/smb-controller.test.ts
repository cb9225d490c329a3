import { expect, test } from 'vitest';
import { LogFollower } from '../../../src/fsso/collector/feeds/polling/log-follower.ts';
import type { EventRecord } from '../../../src/fsso/rpc/interfaces/event-record.ts';
import type { SessionInfo } from '../../../src/fsso/rpc/interfaces/srvsvc.ts';
import { SmbController } from '../../../src/fsso/windows/smb-controller.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RpcMachine } from '../../support/rpc-machine.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const signal = new AbortController().signal;
const clock = new ManualClock();
const place = { host: 'dc1', account: 'CORP\\svc-fsso' };
const open = (machine: RpcMachine, mode: 'netapi' | 'event-log') =>
  SmbController.open(machine, { place, mode, log: 'Security', clock, signal });

const session = (number: number): SessionInfo => ({
  client: `\\\\10.0.${number >> 8}.${number & 255}`,
  user: `user${number}`,
  activeSeconds: number,
  idleSeconds: 0,
  guest: false,
});
const sessions = (count: number) => Array.from({ length: count }, (_, number) => session(number));

const record = (number: number, strings = ticketStrings(`user${number}`, '10.0.0.7')): EventRecord => ({
  record: number,
  generated: 1_768_467_600 + number,
  written: 1_768_467_600 + number,
  id: 4768,
  type: 8,
  source: 'Microsoft-Windows-Security-Auditing',
  computer: 'DC1.corp.example',
  strings,
});
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => record(from + index));

test('all sessions are listed, however many answers they take', async () => {
  const machine = new RpcMachine();
  machine.sessions = sessions(2500);
  const link = await open(machine, 'netapi');
  const found = await link.sessions?.sessions(signal);
  expect(found).toHaveLength(2500);
  expect(found?.[1234]).toMatchObject({ client: '\\\\10.0.4.210', user: 'user1234', activeSeconds: 1234 });
  expect(machine.calls).toEqual(Array(3).fill('srvsvc 12'));
  expect(link.means).toBe('pipes of a test, NetrSessionEnum level 10');
});

test.each([
  [[1], 1, 3],
  [[1, 502], 502, 2],
])(
  'where the machine knows the levels %j only, it is asked for %i, and at once the next time',
  async (levels, level, calls) => {
    const machine = new RpcMachine();
    machine.levels = levels;
    machine.sessions = sessions(1);
    const link = await open(machine, 'netapi');
    expect(await link.sessions?.sessions(signal)).toHaveLength(1);
    expect(await link.sessions?.sessions(signal)).toHaveLength(1);
    expect(link.means).toContain(`level ${level}`);
    expect(machine.calls).toHaveLength(calls + 1);
  },
);

test('a right that is missing is named, with what gives it', async () => {
  const machine = new RpcMachine();
  machine.refusal = 5;
  const link = await open(machine, 'netapi');
  await expect(link.sessions?.sessions(signal)).rejects.toMatchObject({
    problem: {
      stage: 'sessions',
      code: 'ERROR_ACCESS_DENIED',
      fix: [expect.stringContaining('svc-fsso'), expect.anything(), expect.anything()],
    },
  });
  machine.refusal = 0xc0000022;
  const log = await open(machine, 'event-log');
  await expect(log.log?.extent(signal)).rejects.toMatchObject({
    problem: { stage: 'event log', fix: ['put CORP\\svc-fsso into Event Log Readers'] },
  });
});

test('a log is read by record, in pieces that hold as much as is wanted', async () => {
  const machine = new RpcMachine();
  machine.records = records(101, 5100);
  const { log } = await open(machine, 'event-log');
  expect(await log?.extent(signal)).toEqual({ oldest: 101, newest: 5100 });
  const ids = new Set([4768]);
  const users: string[] = [];
  for (let from = 101; from <= 5000; ) {
    const { events, readTo } = (await log?.read({ from, to: 5000, ids }, signal)) ?? {
      events: [],
      readTo: 0,
    };
    expect(readTo).toBeGreaterThanOrEqual(from);
    users.push(...events.map(({ data }) => data['TargetUserName'] ?? ''));
    from = readTo + 1;
  }
  expect(users).toEqual(records(101, 5000).map(({ record: number }) => `user${number}`));
  expect(machine.calls.length).toBeLessThan(15);
});

test('one record is found by its number, a long one too, and one that is not there is not', async () => {
  const machine = new RpcMachine();
  machine.records = [record(7), record(8, ['x'.repeat(30_000)])];
  const { log } = await open(machine, 'event-log');
  await log?.extent(signal);
  expect(await log?.at(7, signal)).toMatchObject({
    record: 7,
    time: 1_768_467_607_000,
    computer: 'DC1.corp.example',
  });
  expect((await log?.at(8, signal))?.data['TargetUserName']).toHaveLength(30_000);
  expect(await log?.at(9, signal)).toBeNull();
});

test('an empty log has no records', async () => {
  const { log } = await open(new RpcMachine(), 'event-log');
  expect(await log?.extent(signal)).toEqual({ oldest: 1, newest: 0 });
});

test('records that are overwritten between question and reading are counted by the next poll', async () => {
  const machine = new RpcMachine();
  machine.records = records(1, 10);
  const link = await open(machine, 'event-log');
  const log = link.log;
  if (log === null) throw new Error('no log');
  const follower = new LogFollower({ ids: new Set([4768]), historyMs: () => 0, usefulMs: 1e15 }, null);
  const found: number[] = [];
  const poll = () =>
    follower.poll(
      log,
      clock.now() + 60_000,
      async (events) => void found.push(...events.map((each) => each.record)),
      signal,
    );
  await poll();
  machine.records = records(1, 30);
  const read = log.read.bind(log);
  log.read = (question, until) => {
    machine.records = records(16, 30);
    return read(question, until);
  };
  expect(await poll()).toMatchObject({ events: 0, lost: 0, behind: 20 });
  log.read = read;
  expect(await poll()).toMatchObject({ events: 15, lost: 5, behind: 0 });
  expect(found).toEqual(records(16, 30).map((each) => each.record));
});

test('what time it is there is asked for', async () => {
  const machine = new RpcMachine();
  const link = await open(machine, 'netapi');
  expect(await link.time(signal)).toBe(machine.time);
});

test('a session is closed where the pipe is refused', async () => {
  const machine = new RpcMachine();
  machine.openPipe = () => Promise.reject(new Error('no pipe'));
  await expect(open(machine, 'netapi')).rejects.toThrow('no pipe');
  expect(machine.isClosed).toBe(true);
});
