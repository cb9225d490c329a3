import { expect, test, vi } from 'vitest';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

// The limits inside are shorter, so that a failure says what did not come.
vi.setConfig({ testTimeout: 30_000 });

const rate = { perSecond: 0, burst: 0 };

test('another password is asked of those who connect from then on, and who is connected stays', async () => {
  const { collector, connect, all } = await runningCollector({ password: 'first' });
  const before = await connect();
  const between = await connect();
  expect(await before.hello({ password: 'first' })).toBe(1);
  await between.has('hello');
  collector.reconfigure({ password: 'second' });
  // It was challenged while the first one held.
  expect(await between.hello({ password: 'first' })).toBe(1);
  expect(await (await connect()).hello({ password: 'first' })).not.toBe(1);
  expect(await (await connect()).hello({ password: 'second' })).toBe(1);
  collector.reconfigure({ password: null });
  expect(await (await connect()).hello()).toBe(1);
  expect(all('no password is asked of FortiGates')).toHaveLength(1);
  expect(before.ended).toBe(false);
});

test('no more FortiGates than the setting are connected; those who are stay when it falls', async () => {
  const { collector, online, connect, all } = await runningCollector({ mostFortigates: 2 });
  const [one, two] = [await online(), await online({ identity: 'FG2-root' })];
  await (await connect()).closed();
  expect(all('fortigate refused')).toMatchObject([{ why: 'too-many-fortigates' }]);
  collector.reconfigure({ mostFortigates: 3 });
  await online({ identity: 'FG3-root' });
  collector.reconfigure({ mostFortigates: 1 });
  await (await connect()).closed();
  expect([one.ended, two.ended]).toEqual([false, false]);
});

test('without monitoring of user logon events none is entered, until it begins', async () => {
  const { collector, logon, all } = await runningCollector({ isMonitoring: false });
  expect(all('user logon events are not monitored')).toHaveLength(1);
  await logon();
  await vi.waitFor(() => expect(collector.status.ignored).toEqual({ 'not-monitored': 1 }), patience);
  expect(collector.status.entries).toBe(0);
  collector.reconfigure({ isMonitoring: true });
  await logon();
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  collector.reconfigure({ isMonitoring: false });
  await logon({ ip: '10.0.0.9' });
  await vi.waitFor(() => expect(collector.status.ignored).toEqual({ 'not-monitored': 2 }), patience);
  expect(collector.status.entries).toBe(1);
});

test('another list of ignored users holds for logons that come, and what is not named stays as it is', async () => {
  const { collector, logon } = await runningCollector({ duplicateWindowMs: 5000 });
  const ignore = { users: ['svc-*'], machineAccounts: true, dcAgentAddresses: [] };
  collector.reconfigure({ ignore });
  await logon({ user: 'svc-backup' });
  await logon({ user: 'PC1$' });
  await vi.waitFor(
    () => expect(collector.status.ignored).toEqual({ 'ignore-list': 1, 'machine-account': 1 }),
    patience,
  );
  collector.reconfigure({});
  await logon({ user: 'svc-mail' });
  await vi.waitFor(() => expect(collector.status.ignored['ignore-list']).toBe(2), patience);
});

test('a list that cannot be used changes nothing', async () => {
  const { collector, connect } = await runningCollector({ password: 'first' });
  const ignore = { users: [], machineAccounts: false, dcAgentAddresses: ['10.0.0.0/99'] };
  expect(() => collector.reconfigure({ password: 'second', ignore })).toThrow(RangeError);
  expect(await (await connect()).hello({ password: 'first' })).toBe(1);
});

test('agents are taken from other networks, and at another rate', async () => {
  const { collector, logon } = await runningCollector();
  await logon();
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  collector.reconfigure({ agents: { allowed: ['10.0.0.0/8'], rate } });
  await logon({ ip: '10.0.0.2' });
  const dropped = () => collector.status.feeds[0]?.dropped ?? {};
  await vi.waitFor(() => expect(dropped()).toEqual({ 'source-not-allowed': 1 }), patience);
  collector.reconfigure({ agents: { allowed: ['127.0.0.1'], rate: { perSecond: 1, burst: 1 } } });
  await logon({ ip: '10.0.0.3' });
  await logon({ ip: '10.0.0.4' });
  await vi.waitFor(() => expect(dropped()).toEqual({ 'source-not-allowed': 1, rate: 1 }), patience);
  expect(collector.status.entries).toBe(2);
});

test('another dead entry timeout holds for the entries that are there', async () => {
  const { collector, logon, clock } = await runningCollector({ deadEntryTimeoutMs: 0 });
  await logon();
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  clock.advance(60_000);
  await logon({ ip: '10.0.0.2' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(2), patience);
  collector.reconfigure({ deadEntryTimeoutMs: 90_000 });
  clock.advance(30_000);
  expect(collector.entries().map(({ ip }) => ip)).toEqual(['10.0.0.2']);
  collector.reconfigure({ deadEntryTimeoutMs: 600_000 });
  clock.advance(500_000);
  expect(collector.status.entries).toBe(1);
  collector.reconfigure({ deadEntryTimeoutMs: 1000 });
  clock.advance(1);
  expect(collector.status.entries).toBe(0);
});

test('addresses are looked up again in another interval, also of who was there before', async () => {
  const { collector, logon } = await runningCollector({ dns: ['127.0.0.1:9'], addressCheckMs: 0 });
  await logon({ workstation: 'pc1.corp.example' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  const entry = () => collector.entries()[0] as NonNullable<ReturnType<typeof collector.entries>[0]>;
  expect(collector.dispositionOf(entry()).addressCheckAt).toBeNull();
  collector.reconfigure({ addressCheckMs: 60_000 });
  expect(collector.dispositionOf(entry()).addressCheckAt).not.toBeNull();
  collector.reconfigure({ addressCheckMs: 0 });
  expect(collector.dispositionOf(entry()).addressCheckAt).toBeNull();
});
