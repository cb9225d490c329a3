import { expect, test, vi } from 'vitest';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

// The limits inside are shorter, so that a failure says what did not come.
vi.setConfig({ testTimeout: 30_000 });

const sales = { 'CORP\\alice': ['CORP/Sales'], '*': ['CORP/Domain Users'] };

test('a configured filter lets only its groups through, in capitals, and takes back who is replaced', async () => {
  const { online, logon, all } = await runningCollector({
    groups: sales,
    filters: { default: ['corp/SALES'] },
  });
  const fortigate = await online();
  await logon({ user: 'bob' });
  await vi.waitFor(() => expect(all('logon')).toHaveLength(1), patience);
  await logon();
  await logon({ user: 'bob' });
  await fortigate.has('event', 2);
  expect(fortigate.events).toMatchObject([
    { loggedOn: true, user: 'alice', groups: 'CORP/SALES+CORP/DOMAIN USERS' },
    { loggedOn: false, user: 'alice', ip: '10.0.0.1' },
  ]);
});

test('the first filter of a FortiGate is only kept, a changed one is answered with all that passes it', async () => {
  const { connect, logon, all } = await runningCollector({ groups: sales });
  await logon();
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await vi.waitFor(() => expect(all('logon')).toHaveLength(2), patience);
  const fortigate = await connect();
  await fortigate.hello();
  fortigate.filter(['CORP/SALES']);
  fortigate.sendAll();
  await fortigate.has('bulk-end', 1);
  expect(fortigate.bulk.map((record) => record.user)).toEqual(['alice']);
  fortigate.filter(['corp/sales']);
  fortigate.filter(['CORP/DOMAIN USERS']);
  await fortigate.has('bulk-end', 2);
  expect(fortigate.bulk.map((record) => record.user)).toEqual(['alice', 'alice', 'bob']);
  // No groups: the FortiGate takes its filter back, and without a configured one everything is sent.
  fortigate.filter([]);
  await fortigate.has('bulk-end', 3);
  expect(fortigate.bulk.at(-1)?.groups).toBe('CORP/Domain Users');
});

test('a filter that comes after the bulk, although it is the first, corrects the bulk', async () => {
  const { online, logon, all } = await runningCollector({ groups: sales });
  await logon({ user: 'bob' });
  await vi.waitFor(() => expect(all('logon')).toHaveLength(1), patience);
  const fortigate = await online();
  expect(fortigate.bulk).toHaveLength(1);
  fortigate.filter(['CORP/SALES']);
  await fortigate.has('bulk-end', 2);
  expect(fortigate.bulk).toHaveLength(1);
});

test('another filter of the configuration is sent for at once, and a FortiGate that is not allowed any more is let go', async () => {
  const { collector, logon, online } = await runningCollector({
    groups: { 'CORP\\alice': ['CORP/SALES'], 'CORP\\bob': ['CORP/IT'] },
    filters: { default: ['CORP/SALES'] },
  });
  const [plain, own] = [await online(), await online({ identity: 'FG2-root' })];
  await logon();
  await logon({ ip: '10.0.0.2', user: 'bob' });
  await plain.has('event');
  own.filter(['CORP/SALES', 'CORP/IT']);
  await own.has('bulk-end', 2);
  expect(collector.status.fortigates.map(({ filter }) => filter)).toEqual([
    { source: 'configuration', groups: 1 },
    { source: 'fortigate', groups: 2 },
  ]);
  collector.reconfigure({ fortigates: null, filters: { default: ['CORP/IT'] } });
  await plain.has('bulk-end', 2);
  expect(plain.bulk.map(({ user }) => user)).toEqual(['bob']);
  collector.reconfigure({ fortigates: ['FG2'], filters: { default: ['CORP/IT'] } });
  await plain.closed();
  expect(own.ended).toBe(false);
  expect(own.all('bulk-end')).toHaveLength(2);
});
