import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PollingFeed } from '../../../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { receivedLine } from '../../../../../src/fsso/collector/log-grammar.ts';
import { logTarget, polling, settled } from '../../../../support/polling-feed.ts';

test('who logs on between the start and the first poll that is answered is not missed', async () => {
  const { start, go, link, log, logons, clock } = polling();
  log.ticket(clock.now() - 60_000, 'earlier', '10.0.0.6');
  link.failure = new Error('not yet');
  await start();
  await go(15);
  log.ticket(clock.now(), 'alice', '10.0.0.7');
  await go(5);
  link.failure = null;
  await go(60);
  expect(logons.map(({ user }) => user)).toEqual(['alice']);
});

test('a ticket in the log of a domain controller is a logon at its address, once', async () => {
  const { start, go, log, logons, clock, health, feed } = polling();
  await start();
  log.ticket(clock.now() + 4000, 'alice', '10.0.0.7');
  await go(25);
  expect(logons).toEqual([
    {
      ip: '10.0.0.7',
      otherIp: null,
      ip6: null,
      user: 'alice',
      domain: 'CORP',
      workstation: '10.0.0.7',
      logonTime: clock.now() / 1000 - 21,
      terminal: null,
      groups: null,
      feed: 'poller',
      agent: 'dc1.corp.example',
      evidence: { kind: 'event', id: 4768, record: 1, log: 'Security', by: 'event-log', logonType: null },
    },
  ]);
  expect(health()).toMatchObject({
    state: 'ok',
    polls: 3,
    bookmark: 1,
    lag: { records: 0, seconds: 5 },
    logons: 1,
    problem: null,
  });
  expect(feed.health.sources).toEqual([
    expect.objectContaining({ address: 'dc1.corp.example', logons: 1, lastHeard: clock.now() - 5000 }),
  ]);
});

test('machines, our own account, failures and other ids are passed over', async () => {
  const { start, go, log, logons, clock, feed } = polling();
  await start();
  log.ticket(clock.now(), 'WS01$', '10.0.0.7');
  log.ticket(clock.now(), 'svc-fsso', '10.0.0.8');
  log.append(clock.now(), 4634, {});
  log.append(clock.now(), 4768, { TargetUserName: 'bob', Status: '0x18', IpAddress: '10.0.0.9' });
  log.append(clock.now(), 4776, { TargetUserName: 'carol', Status: '0x0', Workstation: '' });
  await go(10);
  expect(logons).toEqual([]);
  expect(feed.health.counts).toMatchObject({
    received: 4,
    machineAccounts: 1,
    ignored: 1,
    passedOver: 1,
    incomplete: 1,
  });
});

test('the time of an event is corrected by the clock of its machine', async () => {
  const { start, go, log, logons, clock, link, health, said } = polling();
  link.skewMs = 600_000;
  await start();
  const time = clock.now();
  log.ticket(time + 600_000, 'alice', '10.0.0.7');
  await go(10);
  expect(logons[0]?.logonTime).toBe(time / 1000);
  expect(health().clockSkew).toBe(600);
  expect(said('agent clock is off')).toEqual([expect.objectContaining({ seconds: 600 })]);
});

test('sessions are logons where they are polled, and what that misses is said', async () => {
  const { start, go, link, logons, health } = polling({ target: { mode: 'netapi' } });
  link.open = [{ client: '\\\\10.0.0.7', user: 'CORP\\alice', activeSeconds: 3, idleSeconds: 0 }];
  await start();
  link.open = [{ client: '\\\\10.0.0.7', user: 'CORP\\alice', activeSeconds: 12, idleSeconds: 12 }];
  await go(9);
  expect(logons).toEqual([expect.objectContaining({ user: 'alice', domain: 'CORP', ip: '10.0.0.7' })]);
  expect(health()).toMatchObject({
    mode: 'netapi',
    log: null,
    lag: null,
    sessions: 1,
    polls: 2,
    periodMs: 9000,
  });
  expect(health().misses).toContain('between two polls');
});

test('a log that is far ahead is caught up with at once, in several polls', async () => {
  const { start, go, log, health, clock } = polling();
  log.most = 100_000;
  await start();
  for (let count = 0; count < 120_000; count++) log.append(clock.now(), 4634, {});
  await go(9);
  clock.advance(1000);
  await settled();
  clock.advance(0);
  await settled();
  clock.advance(0);
  await settled();
  expect(health()).toMatchObject({ state: 'ok', polls: 4, bookmark: 120_000, lag: { records: 0 } });
});

test('a log that was overwritten or cleared is said', async () => {
  const { start, go, log, said, clock, health } = polling();
  await start();
  log.ticket(clock.now(), 'alice', '10.0.0.7');
  await go(10);
  for (let count = 0; count < 20; count++) log.ticket(clock.now(), `u${count}`, '10.0.0.8');
  log.wrap(6);
  await go(10);
  expect(said('event log was overwritten')).toEqual([expect.objectContaining({ lost: 5 })]);
  expect(health().lost).toBe(5);
  log.clear();
  await go(10);
  expect(said('event log was cleared')).toEqual([expect.objectContaining({ log: 'Security' })]);
});

test('bookmarks survive a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-polling-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const bookmarks = join(directory, 'polling.json');
  const first = polling({ options: { bookmarks } });
  await first.start();
  first.log.ticket(first.clock.now(), 'alice', '10.0.0.7');
  await first.go(10);
  await first.feed.stop();
  expect(JSON.parse(readFileSync(bookmarks, 'utf8')).logs).toHaveProperty(
    ['dc1.corp.example security', 'record'],
    1,
  );
  first.log.ticket(first.clock.now(), 'bob', '10.0.0.8');
  const second = polling({ options: { bookmarks }, log: first.log });
  await second.start();
  expect(second.logons.map(({ user }) => user)).toEqual(['bob']);
});

test('a bookmark file that is damaged is said, and reading begins with now', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-polling-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { start, said } = polling({ options: { bookmarks: directory } });
  await start();
  expect(said('file cannot be read')).toHaveLength(1);
});

test('a bookmark file that cannot be written is said so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-polling-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const bookmarks = join(directory, 'polling.json');
  const { start, go, log, said, clock } = polling({ options: { bookmarks } });
  await start();
  // A directory stands where the file belongs.
  rmSync(bookmarks, { force: true });
  mkdirSync(join(bookmarks, 'inside'), { recursive: true });
  log.ticket(clock.now(), 'alice', '10.0.0.7');
  await go(12);
  expect(said('file cannot be written')[0]).toMatchObject({ file: bookmarks });
  expect(said('file cannot be read')).toEqual([]);
});

test('the period can be changed while it runs', async () => {
  const { start, go, feed, health } = polling();
  await start();
  await go(4);
  feed.setPeriod(2);
  await go(1);
  expect(health().polls).toBe(2);
  await go(4);
  expect(health()).toMatchObject({ polls: 4, periodMs: 2000 });
  feed.setPeriod(null);
  expect(health().periodMs).toBe(10_000);
  feed.setPace({ seconds: 5, periods: [] });
  expect(health().periodMs).toBe(5000);
});

test('logons at an Exchange server come from its own events, and not from those that show it as the client', async () => {
  const exchange = [{ domain: 'CORP', server: ['mail1.corp.example', '10.0.0.5'], ignoreNames: ['CORP'] }];
  const { start, go, log, logons, clock } = polling({
    target: { name: 'collector1', log: 'ForwardedEvents' },
    options: { exchange },
  });
  await start();
  const network = { TargetUserName: 'alice', TargetDomainName: 'CORP', LogonType: '3' };
  log.append(clock.now(), 4624, { ...network, IpAddress: '10.0.0.7' }, 'MAIL1.corp.example');
  log.append(clock.now(), 4624, { ...network, IpAddress: '10.0.0.8' }, 'FILE1.corp.example');
  log.ticket(clock.now(), 'bob', '10.0.0.5');
  await go(10);
  expect(logons.map(({ user, ip, feed }) => `${user} ${ip} ${feed}`)).toEqual(['alice 10.0.0.7 exchange']);
});

test('nothing is reported once it is stopped, and no timer is left', async () => {
  const { start, feed, log, logons, clock, link } = polling();
  await start();
  log.ticket(clock.now(), 'alice', '10.0.0.7');
  const stopped = feed.stop();
  await stopped;
  expect(link.isClosed).toBe(true);
  clock.advance(60_000);
  await settled();
  expect(logons).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test('a logon is traced as the product logs one that it polled', async () => {
  const all = polling();
  const lines: string[] = [];
  const feed = new PollingFeed(
    {
      ...{ targets: [{ ...logTarget, open: all.open }], domains: [], exchange: [], bookmarks: null },
      ...{ historyMs: 0, atOnce: 1, random: () => 0, pace: { seconds: null, periods: [] } },
    },
    { ...all.context, trace: { received: (datagram) => lines.push(receivedLine(datagram)) } },
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  await all.go(1);
  all.log.ticket(Date.UTC(2026, 0, 15, 9), 'user1', '192.168.201.199');
  await all.go(10);
  expect(lines).toEqual([
    '[RECV_EVENT_FROM_DC] packet_len:39 dcagent_ip:dc1.corp.example time:1768467600 data_len:26 data:192.168.201.199/CORP/user1 ip:0.0.0.0',
  ]);
});

test('an event that was written late is no logon where a collector would have ended its entry by now', async () => {
  const { start, go, log, logons, clock, feed } = polling();
  await start();
  log.ticket(clock.now() - 9 * 3_600_000, 'yesterday', '10.0.0.7');
  log.ticket(clock.now() - 7 * 3_600_000, 'today', '10.0.0.8');
  await go(10);
  expect(logons.map(({ user }) => user)).toEqual(['today']);
  expect(feed.health.counts).toMatchObject({ old: 1 });
});
