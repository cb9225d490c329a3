import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { LogFollower } from '../../../src/fsso/collector/feeds/polling/log-follower.ts';
import type { LogEvent } from '../../../src/fsso/windows/reading.ts';
import { WmiLogReader } from '../../../src/fsso/windows/wmi-log.ts';
import { readDmtf } from '../../../src/fsso/wsman/instance.ts';
import { SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { firstRecordAt, ticketStrings, writeTickets, wsmanClient, wsmanServer } from '../../support/wsman.ts';

// WMI walks back from the newest record through as much of a log as a query leaves open: what each poll leaves open is held here.

const signal = new AbortController().signal;
const hour = 3_600_000;

/** A log with a ticket every ten seconds, followed by queries; `asked` are the messages that came in since the last look. */
async function following(records: number, mostRecords = 100_000) {
  const log = new SecurityLog({ computer: 'DC01', mostRecords });
  const write = (count: number, atMs: number | null = null) => {
    for (let left = count; left > 0; left--) {
      const number = log.newest + 1;
      const generated = atMs === null ? firstRecordAt + number * 10 : atMs / 1000;
      log.write({ id: 4768, strings: ticketStrings(`user${number}`, '10.0.0.1'), generated });
    }
  };
  write(records);
  const machine = { setBackMs: 0 };
  const now = () => (firstRecordAt + log.newest * 10) * 1000 - machine.setBackMs;
  const { server } = await wsmanServer({ logs: [log], clock: { ...systemClock, now } });
  const answer = vi.spyOn(server.service, 'answer');
  const reader = new WmiLogReader(wsmanClient(server.port), 'Security');
  const ids = new Set([4768]);
  const follower = new LogFollower({ ids, historyMs: () => 0, usefulMs: 1e15 }, null);
  const users: string[] = [];
  const take = async (events: readonly LogEvent[]) => {
    for (const { data } of events) users.push(data['TargetUserName'] ?? '');
  };
  const poll = async () => {
    answer.mockClear();
    const result = await follower.poll(reader, (firstRecordAt + log.newest * 10) * 1000, take, signal);
    const asked = answer.mock.calls.map(([bytes]) => String(bytes));
    return { ...result, asked };
  };
  return { log, machine, now, write, poll, users, server, reader };
}

const queries = (asked: readonly string[]) => asked.filter((text) => text.includes('RecordNumber &gt;'));

test('a poll of a log that was followed asks for the newest record, for one by its key, and for what is new since an hour before', async () => {
  const { poll, write, users } = await following(500);
  await poll();
  write(3);
  await poll();
  write(2);
  const { asked, events } = await poll();
  expect(events).toBe(2);
  expect(users.slice(-2)).toEqual(['user504', 'user505']);
  expect(asked.map((text) => /transfer\/Get<|enumeration\/(?:Enumerate|Release)</.exec(text)?.[0])).toEqual([
    ...['enumeration/Enumerate<', 'enumeration/Release<', 'transfer/Get<', 'enumeration/Enumerate<'],
  ]);
  const [query = ''] = queries(asked);
  const since = readDmtf(/TimeGenerated &gt;= '([^']+)'/.exec(query)?.[1] ?? '');
  expect(since).toBe((firstRecordAt + 503 * 10) * 1000 - hour);
});

test('the first poll asks no query that is open towards the beginning of the log', async () => {
  const { poll } = await following(500);
  const { asked } = await poll();
  for (const query of queries(asked)) expect(query).toContain('TimeGenerated');
  expect(asked.filter((text) => text.includes('transfer/Get<')).length).toBeGreaterThan(0);
});

test.each([0.9, 5])('a clock that was set back by %d hours hides nothing', async (hours) => {
  const { poll, write, users, machine, now } = await following(50);
  await poll();
  write(1);
  await poll();
  machine.setBackMs = hours * hour;
  for (let round = 0; round < 3; round++) {
    write(5, now());
    expect((await poll()).events).toBe(5);
  }
  expect(new Set(users).size).toBe(users.length);
});

test('no query is open towards the beginning of the log once it was looked at', async () => {
  const { poll, write } = await following(50);
  await poll();
  for (let round = 0; round < 3; round++) {
    write(round);
    const { asked } = await poll();
    for (const query of asked.filter((text) => text.includes('Win32_NTLogEvent WHERE')))
      expect(query).toContain('TimeGenerated &gt;=');
  }
});

test('whoever begins in the middle asks for the record before it first, whose time bounds the query', async () => {
  const { reader, server } = await following(500);
  const answer = vi.spyOn(server.service, 'answer');
  await reader.extent(signal);
  answer.mockClear();
  const { events } = await reader.read({ from: 481, to: 500, ids: new Set([4768]) }, signal);
  expect(events).toHaveLength(20);
  const asked = answer.mock.calls.map(([bytes]) => String(bytes));
  expect(asked[0]).toContain('<w:Selector Name="RecordNumber">480<');
  expect(asked[1]).toContain('TimeGenerated &gt;=');
});

test('how many records there are is asked again before any could be overwritten unread', async () => {
  const { poll, write } = await following(100, 100);
  const counts = async () => (await poll()).asked.filter((text) => text.includes('NTEventlogFile')).length;
  expect(await counts()).toBe(1);
  write(10);
  await poll();
  write(10);
  expect(await counts()).toBe(0);
  write(60);
  expect(await counts()).toBe(1);
  write(150);
  expect(await poll()).toMatchObject({ lost: 50, events: 100 });
});

test('a server that gives no single instances is asked by queries', async () => {
  const { reader, server } = await following(20);
  vi.spyOn(server.service, 'answer').mockImplementation(async (bytes, user, hasRights) => {
    const text = String(bytes).replace('transfer/Get', 'transfer/Unknown');
    return Object.getPrototypeOf(server.service).answer.call(
      server.service,
      Buffer.from(text),
      user,
      hasRights,
    );
  });
  expect((await reader.at(7, signal))?.data['TargetUserName']).toBe('user7');
  expect(await reader.at(70, signal)).toBeNull();
});

test('records that leave out what an event needs are counted, and the others are read', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 3);
  const { answer } = server.service;
  vi.spyOn(server.service, 'answer').mockImplementation(async (...given) => {
    const { bytes, status } = await answer.apply(server.service, given);
    return { bytes: Buffer.from(String(bytes).replace('<p:EventCode>4768</p:EventCode>', '')), status };
  });
  const reader = new WmiLogReader(wsmanClient(server.port), 'Security');
  const reading = await reader.read({ from: 1, to: 3, ids: new Set([4768]) }, signal);
  expect([reading.events.map(({ record }) => record), reading.unreadable]).toEqual([[1, 2], 1]);
});
