import { expect, test, vi } from 'vitest';
import { AddressCheck } from '../../../../src/fsso/collector/checks/address-check.ts';
import { EntryTable } from '../../../../src/fsso/collector/entries.ts';
import { WorkstationResolver } from '../../../../src/fsso/collector/resolve.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { patience } from '../../../support/raw-fortigate.ts';
import { type DnsScript, scriptedDns } from '../../../support/scripted-dns.ts';

const interval = 60_000;

async function checking(answer: (name: string) => DnsScript) {
  const clock = new ManualClock();
  const dns = await scriptedDns(answer);
  const told: string[] = [];
  const resolver = new WorkstationResolver({ servers: [dns.address], clock });
  const entries = new EntryTable({ clock, deadEntryTimeoutMs: 0 }, (change) => {
    const { user, ip } = change.entry;
    told.push(change.kind === 'logoff' ? `-${user}@${ip} ${change.why}` : `+${user}@${ip}`);
    check.sweep.observe(change);
  });
  const check = new AddressCheck({ clock, entries, resolver, interval });
  /** Goes on to the next check and waits until so many have ended in all. */
  const checked = async (count: number) => {
    clock.advance(interval);
    await vi.waitFor(() => expect(check.counts.checked).toBe(count), patience);
  };
  const addresses = () => entries.snapshot().map(({ ip }) => ip);
  return { clock, dns, entries, resolver, check, told, checked, addresses };
}

test('an address that DNS still has stays, one that it has no more is a logoff and a logon', async () => {
  let address = '10.0.0.1';
  const { entries, check, told, checked, addresses } = await checking(() => [address]);
  entries.put(collectorLogon());
  await checked(1);
  expect(told.splice(0)).toEqual(['+alice@10.0.0.1']);
  address = '10.0.7.7';
  await checked(2);
  expect(told.splice(0)).toEqual(['-alice@10.0.0.1 address-changed', '+alice@10.0.7.7']);
  await checked(3);
  expect(addresses()).toEqual(['10.0.7.7']);
  expect(check.counts).toEqual({ checked: 3, moved: 1, failed: 0 });
});

test('of two addresses the one that DNS has no more is replaced, the other one stays', async () => {
  let known = ['10.0.0.1', '10.0.1.1'];
  const { entries, checked, addresses } = await checking(() => known);
  entries.put(collectorLogon({ otherIp: '10.0.1.1' }));
  known = ['10.0.1.1', '10.0.2.2'];
  await checked(2);
  expect(addresses().sort()).toEqual(['10.0.1.1', '10.0.2.2']);
});

test('an address among more than two of a workstation stays', async () => {
  const { entries, told, checked } = await checking(() => ['10.0.0.8', '10.0.0.9', '10.0.0.1']);
  entries.put(collectorLogon());
  await checked(1);
  expect(told).toEqual(['+alice@10.0.0.1']);
});

test('where DNS does not know the workstation, or refuses, nothing changes', async () => {
  const { entries, check, told, checked } = await checking((name) =>
    name === 'pc1' ? 'unknown-name' : 'refused',
  );
  entries.put(collectorLogon());
  entries.put(collectorLogon({ ip: '10.0.0.2', workstation: 'PC2' }));
  await checked(2);
  expect(told).toHaveLength(2);
  expect(check.counts).toEqual({ checked: 2, moved: 0, failed: 2 });
});

test('terminal servers, and workstations that are addresses or no names, are not asked for', async () => {
  const { clock, dns, entries, check } = await checking(() => ['10.9.9.9']);
  entries.put(collectorLogon({ terminal: { session: 3, portRanges: [] } }));
  entries.put(collectorLogon({ ip: '10.0.0.2', workstation: '10.0.0.2' }));
  entries.put(collectorLogon({ ip: '10.0.0.3', workstation: '' }));
  entries.put(collectorLogon({ ip: '10.0.0.4', workstation: 'not a name' }));
  clock.advance(10 * interval);
  expect(dns.questions).toEqual([]);
  expect(check.sweep.dueOf('10.0.0.2|0')).toBeNull();
});

test('the address of a tunnel or of a mail client is not held against that of the machine', async () => {
  const { clock, dns, entries } = await checking(() => ['10.9.9.9']);
  for (const [index, feed] of (['syslog', 'radius', 'exchange', 'edirectory', 'ts-agent'] as const).entries())
    entries.put(collectorLogon({ ip: `10.0.0.${index}`, feed }));
  clock.advance(10 * interval);
  expect(dns.questions).toEqual([]);
});

test('an answer that comes when somebody else sits there does not move anybody', async () => {
  const { clock, entries, check, told } = await checking(() => ['10.0.7.7']);
  entries.put(collectorLogon());
  clock.advance(interval);
  entries.put(collectorLogon({ user: 'bob' }));
  await vi.waitFor(() => expect(check.counts.checked).toBe(1), patience);
  expect(told).toEqual(['+alice@10.0.0.1', '+bob@10.0.0.1']);
});

test('a stop in the middle of a check leaves the entry where it is', async () => {
  const { clock, dns, entries, resolver, check, told } = await checking(() => ['10.0.7.7']);
  entries.put(collectorLogon());
  clock.advance(interval);
  check.stop();
  clock.advance(10 * interval);
  // The answer to this comes behind that to the check.
  await new Promise((done) => resolver.recheck('PC2', 'CORP', done));
  expect(dns.questions).toEqual(['pc1 A', 'pc2 A']);
  expect(told).toEqual(['+alice@10.0.0.1']);
});
