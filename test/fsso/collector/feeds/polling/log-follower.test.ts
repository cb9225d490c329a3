import { expect, test } from 'vitest';
import {
  type Bookmark,
  LogFollower,
  type LogPoll,
  mostRecordsOfPoll,
} from '../../../../../src/fsso/collector/feeds/polling/log-follower.ts';
import type { LogEvent } from '../../../../../src/fsso/windows/reading.ts';
import { ScriptedLog } from '../../../../support/scripted-controller.ts';

const begin = Date.UTC(2026, 0, 15, 9);
const signal = new AbortController().signal;

function followed({ historyMs = 0, bookmark = null as Bookmark | null, log = new ScriptedLog() } = {}) {
  const follower = new LogFollower(
    { ids: new Set([4768]), historyMs: () => historyMs, usefulMs: 8 * 3_600_000 },
    bookmark,
  );
  const found: string[] = [];
  const poll = (now = begin + 60_000): Promise<LogPoll> =>
    follower.poll(
      log,
      now,
      async (events: readonly LogEvent[]) => {
        found.push(...events.map(({ data }) => data['TargetUserName'] ?? ''));
      },
      signal,
    );
  return { follower, log, found, poll };
}

const user = (number: number) => `user${number}`;
const write = (log: ScriptedLog, from: number, to: number, time = begin) => {
  for (let number = from; number <= to; number++) log.ticket(time + number, user(number), '10.0.0.7');
};
const users = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => user(from + index));

test('a log without a bookmark is read from now on', async () => {
  const { log, found, poll } = followed();
  write(log, 1, 10);
  expect(await poll()).toMatchObject({ events: 0, behind: 0 });
  write(log, 11, 13);
  expect(await poll()).toMatchObject({ events: 3, behind: 0, lost: 0, cleared: false });
  expect(found).toEqual(users(11, 13));
});

test('or from the first record of the time that is wanted', async () => {
  const { log, found, poll } = followed({ historyMs: 60_000 });
  for (let number = 1; number <= 100; number++)
    log.ticket(begin - (100 - number) * 1000, user(number), '10.0.0.7');
  await poll(begin);
  expect(found).toEqual(users(40, 100));
  expect(log.asked.filter((each) => each.startsWith('at')).length).toBeLessThan(15);
});

test('a log of whole seconds is read from the second that is wanted', async () => {
  const { log, found, poll } = followed({ historyMs: 300 });
  write(log, 1, 3, begin - 1000);
  for (const number of [4, 5]) log.ticket(begin, user(number), '10.0.0.7');
  await poll(begin + 900);
  expect(found).toEqual(users(4, 5));
});

test('every record is read once over polls, pages and restarts', async () => {
  const one = followed();
  one.log.most = 7;
  await one.poll();
  write(one.log, 1, 50);
  await one.poll();
  one.log.append(begin, 4634, {});
  write(one.log, 51, 60);
  await one.poll();
  const two = followed({ bookmark: JSON.parse(JSON.stringify(one.follower.bookmark)), log: one.log });
  write(two.log, 61, 70);
  await two.poll();
  expect([...one.found, ...two.found]).toEqual(users(1, 70));
});

test('what was overwritten is counted, and the rest is read', async () => {
  const { log, found, poll } = followed();
  write(log, 1, 5);
  await poll();
  write(log, 6, 20);
  await poll();
  write(log, 21, 40);
  log.wrap(29);
  expect(await poll()).toMatchObject({ lost: 9, events: 11, cleared: false });
  expect(found).toEqual([...users(6, 20), ...users(30, 40)]);
});

test.each([
  ['begins at 1 again and is shorter', 3, false],
  ['begins at 1 again and has grown beyond the bookmark', 30, false],
])('a log that was cleared and %s is read from its beginning', async (_what, count, keepsNumbers) => {
  const { log, found, poll } = followed();
  await poll();
  write(log, 1, 10);
  await poll();
  log.clear(keepsNumbers);
  write(log, 101, 100 + count, begin + 60_000);
  expect(await poll()).toMatchObject({ cleared: true, lost: 0, events: count });
  expect(await poll()).toMatchObject({ cleared: false, events: 0 });
  expect(found).toEqual([...users(1, 10), ...users(101, 100 + count)]);
});

test('a log that was cleared and goes on with its numbers is read on', async () => {
  const { log, found, poll } = followed();
  await poll();
  write(log, 1, 10);
  await poll();
  log.clear(true);
  await poll();
  write(log, 11, 12);
  await poll();
  expect(found).toEqual(users(1, 12));
});

test('an empty log is followed from its first record', async () => {
  const { log, found, poll } = followed();
  await poll();
  await poll();
  write(log, 1, 2);
  await poll();
  expect(found).toEqual(users(1, 2));
});

test('a poll that fails in the middle goes on where it came to, and repeats nothing', async () => {
  const { log, found, poll } = followed();
  await poll();
  log.most = 5;
  write(log, 1, 20);
  const read = log.read.bind(log);
  let calls = 0;
  log.read = (question) => {
    calls += 1;
    return calls === 3 ? Promise.reject(new Error('connection reset')) : read(question);
  };
  await expect(poll()).rejects.toThrow('connection reset');
  expect(found).toEqual(users(1, 10));
  await poll();
  expect(found).toEqual(users(1, 20));
});

test('a poll takes a bounded number of records, and says how many are left', async () => {
  const { log, poll } = followed();
  log.most = 100_000;
  await poll();
  for (let number = 0; number < mostRecordsOfPoll + 10; number++) log.append(begin, 4634, {});
  expect(await poll()).toMatchObject({ records: mostRecordsOfPoll, behind: 10 });
  expect(await poll()).toMatchObject({ records: 10, behind: 0 });
});

test('behind an old bookmark nothing is read that would be of no use', async () => {
  const { log, poll, follower } = followed();
  log.ticket(begin, user(1), '10.0.0.7');
  await poll();
  const later = begin + 24 * 3_600_000;
  for (let number = 2; number <= 200; number++)
    log.ticket(begin + number * 432_000, user(number), '10.0.0.7');
  const next = followed({ bookmark: follower.bookmark, log });
  const { events } = await next.poll(later);
  expect(next.found.at(0)).toBe(user(134));
  expect(events).toBe(67);
});

test('a reader that stands still is not asked for ever', async () => {
  const { log, poll } = followed();
  await poll();
  write(log, 1, 3);
  log.read = async ({ from }) => ({ events: [], readTo: from - 1 });
  expect(await poll()).toMatchObject({ events: 0, behind: 3 });
});

test('a log is the same when it is read in another way, which tells other fractions of a second', async () => {
  const { log, poll, follower } = followed();
  await poll();
  log.ticket(begin + 123, user(1), '10.0.0.7');
  await poll();
  const [record] = log.records;
  if (record) log.records[0] = { ...record, time: begin, computer: 'dc1.corp.example' };
  log.ticket(begin + 5000, user(2), '10.0.0.7');
  const other = followed({ bookmark: follower.bookmark, log });
  expect(await other.poll()).toMatchObject({ cleared: false, events: 1 });
});

test('a log that was cleared is known by its numbers alone where nothing of it is remembered', async () => {
  const { log, found, poll } = followed({ bookmark: { record: 50, anchor: null } });
  write(log, 1, 3);
  expect(await poll()).toMatchObject({ cleared: true, events: 3, lost: 0 });
  expect(found).toEqual(users(1, 3));
});
