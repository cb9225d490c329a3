import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { LogFollower } from '../../../src/fsso/collector/feeds/polling/log-follower.ts';
import type { LogEvent } from '../../../src/fsso/windows/reading.ts';
import { openSmbLink } from '../../../src/fsso/windows/smb-link.ts';
import { connectWmi } from '../../../src/fsso/windows/wmi-link.ts';
import { WmiLogReader } from '../../../src/fsso/windows/wmi-log.ts';
import { SecurityLog } from '../../../src/lab/windows/security-log.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { firstRecordAt, writeTickets, wsmanClient, wsmanPassword, wsmanServer } from '../../support/wsman.ts';

const signal = new AbortController().signal;

const linkTo = async (port: number, log = 'Security') => {
  const link = await connectWmi({
    server: { host: '127.0.0.1', port, tls: null },
    login: { kind: 'negotiate', credentials: { user: 'svc-fsso', domain: 'CORP', password: wsmanPassword } },
    log,
    clock: systemClock,
  });
  onTestFinished(() => link.close());
  return link;
};

test('the extent of a log follows its wraps and its clearing', async () => {
  const log = new SecurityLog({ computer: 'DC01', mostRecords: 20 });
  const { server } = await wsmanServer({ logs: [log] });
  const reader = new WmiLogReader(wsmanClient(server.port), 'Security');
  expect(await reader.extent(signal)).toEqual({ oldest: 1, newest: 0 });
  writeTickets(log, 20);
  expect(await reader.extent(signal)).toEqual({ oldest: 1, newest: 20 });
  writeTickets(log, 15);
  expect(await reader.extent(signal)).toEqual({ oldest: 16, newest: 35 });
  log.clear();
  expect(await reader.extent(signal)).toEqual({ oldest: 1, newest: 0 });
});

test('events come rising, with their values by name, and those of other ids are passed by', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 2);
  writeTickets(log, 3, 4634);
  writeTickets(log, 2);
  const reader = new WmiLogReader(wsmanClient(server.port), 'Security', 4);
  const ids = new Set([4768]);
  const first = await reader.read({ from: 1, to: 7, ids }, signal);
  expect([first.events.map(({ record }) => record), first.readTo]).toEqual([[1, 2], 4]);
  const second = await reader.read({ from: 5, to: 7, ids }, signal);
  expect([second.events.map(({ record }) => record), second.readTo]).toEqual([[6, 7], 7]);
  expect(second.events[0]).toMatchObject({
    id: 4768,
    time: (firstRecordAt + 6) * 1000,
    computer: 'DC01.corp.example',
    data: { TargetUserName: 'user6', IpAddress: '::ffff:10.0.0.6' },
  });
  expect((await reader.at(4, signal))?.id).toBe(4634);
  expect(await reader.at(8, signal)).toBeNull();
});

test('a follower of the log misses nothing and repeats nothing over wraps, clears and lost connections', async () => {
  const log = new SecurityLog({ computer: 'DC01', mostRecords: 500 });
  const { server } = await wsmanServer({ logs: [log] });
  const link = await linkTo(server.port);
  const follower = new LogFollower({ ids: new Set([4768]), historyMs: () => 1e15, usefulMs: 1e15 }, null);
  const users: string[] = [];
  const take = async (events: readonly LogEvent[]) => {
    for (const { data } of events) users.push(data['TargetUserName'] ?? '');
  };
  const reader = link.log;
  if (reader === null) throw new Error('no log');
  const poll = () => follower.poll(reader, firstRecordAt * 1000, take, signal);
  const due: string[] = [];
  const write = (count: number) => {
    const from = log.newest;
    writeTickets(log, count);
    for (let number = from + 1; number <= log.newest; number++) due.push(`user${number}`);
  };
  write(400);
  await poll();
  write(400);
  server.dropConnections();
  await poll();
  expect(await poll()).toMatchObject({ events: 0, lost: 0, cleared: false });
  log.clear();
  write(3);
  expect(await poll()).toMatchObject({ events: 3, cleared: true });
  write(5);
  expect(await poll()).toMatchObject({ events: 5, cleared: false });
  expect(users).toEqual(due);
});

test('a log of another name is read by its name, and one that there is not is named as such', async () => {
  const log = new SecurityLog({ name: 'ForwardedEvents', computer: 'WEC01' });
  const { server } = await wsmanServer({ logs: [log] });
  writeTickets(log, 3);
  expect(await (await linkTo(server.port, 'ForwardedEvents')).log?.extent(signal)).toEqual({
    oldest: 1,
    newest: 3,
  });
  const missing = (await linkTo(server.port, "O'Neil\\s")).log?.extent(signal);
  await expect(missing).rejects.toMatchObject({
    scope: 'question',
    problem: { stage: 'wmi', message: expect.stringContaining("no event log O'Neil\\s") },
  });
  const empty = new SecurityLog({ name: 'System', computer: 'DC01' });
  const { server: other } = await wsmanServer({ logs: [empty] });
  expect(await (await linkTo(other.port, 'System')).log?.extent(signal)).toEqual({ oldest: 1, newest: 0 });
});

test('a link tells the time of the machine, to a second', async () => {
  const ahead = 3_600_000;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const { server } = await wsmanServer({ clock });
  const link = await linkTo(server.port);
  expect(Math.abs(((await link.time(signal)) ?? 0) - clock.now())).toBeLessThan(5000);
  expect(link.means).toBe('WMI, HTTP, sealed by NTLM');
  expect(link.domain).toEqual({ netbios: 'CORP', dns: 'corp.example' });
});

test('a login that is refused opens no link', async () => {
  const { server } = await wsmanServer();
  const login = {
    kind: 'negotiate' as const,
    credentials: { user: 'svc-fsso', domain: 'CORP', password: 'wrong' },
  };
  const opened = connectWmi({
    ...{ login, log: 'Security', clock: systemClock },
    server: { host: '127.0.0.1', port: server.port, tls: null },
  });
  await expect(opened).rejects.toMatchObject({ scope: 'login' });
});

test('WMI and SMB tell the same of the log of one machine', async () => {
  const { server, log, machine } = await wsmanServer();
  writeTickets(log, 30);
  writeTickets(log, 5, 4634);
  writeTickets(log, 5);
  const smb = await WindowsServer.start({ machine, clock: systemClock });
  onTestFinished(() => smb.stop());
  const overSmb = await openSmbLink({
    ...{ host: smb.host, port: smb.port, mode: 'event-log', log: 'Security', clock: systemClock, signal },
    credentials: { user: 'svc-fsso', domain: 'CORP', password: wsmanPassword },
  });
  onTestFinished(() => overSmb.close());
  const question = { from: 1, to: 40, ids: new Set([4768]) };
  const byWmi = await (await linkTo(server.port)).log?.read(question, signal);
  const bySmb = await overSmb.log?.read(question, signal);
  expect(byWmi?.events).toHaveLength(35);
  expect(byWmi?.events).toEqual(bySmb?.events);
});
