import { expect, onTestFinished, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { LogFollower } from '../../../src/fsso/collector/feeds/polling/log-follower.ts';
import type { LogEvent } from '../../../src/fsso/windows/reading.ts';
import { WmiLogReader } from '../../../src/fsso/windows/wmi-log.ts';
import { SubscribedLogReader } from '../../../src/fsso/windows/wmi-subscription.ts';
import { type LogRecord, SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { firstRecordAt, ticketStrings, writeTickets, wsmanClient, wsmanServer } from '../../support/wsman.ts';

const signal = new AbortController().signal;

/** A log whose deliveries may get lost, as those of a full queue do. */
class LeakyLog extends SecurityLog {
  isLeaking = false;

  override onWrite(listener: (record: LogRecord) => void): () => void {
    return super.onWrite((record) => this.isLeaking || listener(record));
  }
}

async function following(mostRecords = 1000) {
  const log = new LeakyLog({ computer: 'DC01', mostRecords });
  const { server } = await wsmanServer({ logs: [log] });
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const client = wsmanClient(server.port);
  const queries = new WmiLogReader(client, 'Security');
  const reader = new SubscribedLogReader(client, 'Security', queries, clock);
  onTestFinished(() => reader.stop(signal));
  const follower = new LogFollower({ ids: new Set([4768]), historyMs: () => 1e15, usefulMs: 1e15 }, null);
  const users: string[] = [];
  const take = async (events: readonly LogEvent[]) => {
    for (const { data } of events) users.push(data['TargetUserName'] ?? '');
  };
  const due: string[] = [];
  return {
    ...{ log, server, reader, users, due },
    poll: () => follower.poll(reader, firstRecordAt * 1000, take, signal),
    write(count: number) {
      const from = log.newest;
      writeTickets(log, count);
      for (let number = from + 1; number <= log.newest; number++) due.push(`user${number}`);
    },
    minuteLater() {
      aheadMs += 61_000;
    },
  };
}

test('a log is read by queries first, and then new events are delivered', async () => {
  const { poll, write, reader, server, users, due, log } = await following();
  write(10);
  await poll();
  expect(reader.isSubscribed).toBe(false);
  await poll();
  expect(reader.isSubscribed).toBe(true);
  await poll();
  const { requests } = server.counts;
  write(5);
  writeTickets(log, 1, 4634);
  expect(await poll()).toMatchObject({ events: 5, behind: 0 });
  expect(await poll()).toMatchObject({ events: 0 });
  // A Pull with the events, and one each that found nothing more: no query.
  expect(server.counts.requests - requests).toBe(3);
  expect(users).toEqual(due);
});

test('nothing is missed and nothing repeated over lost connections, wraps, clears and a server that forgets', async () => {
  const { poll, write, server, users, due, log } = await following(100);
  write(50);
  await poll();
  await poll();
  write(30);
  server.dropConnections();
  // Events may have been on their way: this poll fails, and the next one asks the log itself.
  await poll().catch(() => {});
  await poll();
  write(30);
  await poll();
  server.service.forget();
  write(30);
  await poll();
  write(20);
  await poll();
  log.clear();
  write(7);
  expect(await poll()).toMatchObject({ cleared: true });
  write(3);
  await poll();
  expect(users).toEqual(due);
});

test('what was never delivered is found in the log within a minute', async () => {
  const { poll, write, minuteLater, users, due, log } = await following();
  write(5);
  await poll();
  await poll();
  write(2);
  await poll();
  log.isLeaking = true;
  write(4);
  log.isLeaking = false;
  write(1);
  await poll();
  expect(users).toHaveLength(8);
  minuteLater();
  write(1);
  await poll();
  expect([...users].sort()).toEqual([...due].sort());
});

test('a log that was cleared and has grown beyond the bookmark meanwhile is noticed', async () => {
  const { poll, write, minuteLater, users, due, log } = await following();
  write(5);
  await poll();
  await poll();
  log.isLeaking = true;
  log.clear();
  for (let user = 1; user <= 20; user++)
    log.write({
      id: 4768,
      strings: ticketStrings(`late${user}`, '10.0.0.1'),
      generated: firstRecordAt + 500,
    });
  log.isLeaking = false;
  minuteLater();
  expect(await poll()).toMatchObject({ cleared: true, events: 20 });
  expect(users.slice(due.length)).toEqual(Array.from({ length: 20 }, (_, at) => `late${at + 1}`));
});

test('a subscription ends at the server with the reader', async () => {
  const { poll, write, reader, server } = await following();
  write(1);
  await poll();
  await poll();
  expect(server.service.running).toBe(1);
  await reader.stop(signal);
  expect(server.service.running).toBe(0);
});

test('one whose connection was lost is ended too, with the reader or when the next begins', async () => {
  const { poll, write, reader, server } = await following();
  write(1);
  await poll();
  await poll();
  server.dropConnections();
  await expect(poll()).rejects.toMatchObject({ isLoss: true });
  expect(server.service.running).toBe(1);
  await poll();
  expect([reader.isSubscribed, server.service.running]).toEqual([true, 1]);
  server.dropConnections();
  await poll().catch(() => {});
  await reader.stop(signal);
  expect(server.service.running).toBe(0);
});

test('a log that was cleared while the connection is lost ends in the failure of the connection', async () => {
  const { poll, write, server, log } = await following();
  write(5);
  await poll();
  await poll();
  log.clear();
  write(2);
  const answer = server.service.answer.bind(server.service);
  vi.spyOn(server.service, 'answer').mockImplementation(async (bytes, ...rest) => {
    if (String(bytes).includes('eventing/Subscribe<')) server.dropConnections();
    return answer(bytes, ...rest);
  });
  await expect(poll()).rejects.toMatchObject({ isLoss: true });
});
