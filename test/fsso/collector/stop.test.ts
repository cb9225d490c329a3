import { expect, test, vi } from 'vitest';
import { AddressRanges } from '../../../src/fsso/collector/address-ranges.ts';
import { CommandCheck } from '../../../src/fsso/collector/checks/command-check.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';
import { scriptedDns } from '../../support/scripted-dns.ts';

test('a stop while names are asked for, addresses checked and workstations asked leaves nothing behind', async () => {
  const dns = await scriptedDns((name) => (name === 'pc1' ? 'silent' : ['10.0.0.99']));
  const stopping = await runningCollector({
    dns: [dns.address],
    addressCheckMs: 60_000,
    deadEntryTimeoutMs: 3_600_000,
    workstationCheck: {
      intervalMs: 60_000,
      threads: 1,
      networks: new AddressRanges(['10.0.0.0/8']),
      check: (context) =>
        new CommandCheck({
          ...context,
          command: ['/bin/sh', '-c', 'sleep 600'],
          timeoutMs: 60_000,
          verdict: 'status',
          env: { PATH: process.env['PATH'] },
        }),
    },
  });
  const { collector, clock, logon, stop, all } = stopping;
  await logon({ ip: '10.0.0.1' });
  await logon({ ip: '10.0.0.2', workstation: 'pc2', user: 'bob' });
  await logon({ ip: null, user: 'carol' });
  await vi.waitFor(() => {
    expect(collector.status.entries).toBe(2);
    expect(collector.status.queues).toContainEqual({ name: 'address', length: 1, oldestMs: 0 });
  }, patience);
  clock.advance(60_000);
  const queue = (name: string) => collector.status.queues.find((each) => each.name === name)?.length;
  expect(queue('address check')).toBeGreaterThan(0);
  expect(queue('workstation check')).toBe(2);
  await stop();
  const told = stopping.events.length;
  clock.advance(3_600_000);
  expect(stopping.events).toHaveLength(told);
  expect(all('stopped')).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});
