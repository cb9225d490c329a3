import { expect, test, vi } from 'vitest';
import { observeCollector } from '../../../bin/collector-observers.ts';
import { systemClock } from '../../../src/clock.ts';
import { alertsSchema } from '../../../src/config/alerts.ts';
import { metricsSchema } from '../../../src/config/metrics.ts';
import type { NewEvent } from '../../../src/state/changes.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

test('a headless collector serves metrics of what it holds, hears and serves, and no name of a user', async () => {
  const { collector, logon, online } = await runningCollector();
  await online();
  await logon({ user: 'anna', workstation: 'PC-ANNA' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  const told: NewEvent[] = [];
  const outlet = { name: 'siem', kind: 'syslog', sent: 7, dropped: 1, waiting: 2, isUp: true } as const;
  const end = await observeCollector(
    { metrics: metricsSchema.parse({ listen: '127.0.0.1:0' }) },
    collector,
    systemClock,
    () => [outlet],
    (line) => told.push(line),
  );
  const url = /http:\S+/.exec(told[0]?.text ?? '')?.[0] ?? '';
  for (let round = 0; round < 2; round += 1) {
    const text = await (await fetch(url)).text();
    expect(text).toContain('fabrictop_collector_entries 1\n');
    expect(text).toContain('fabrictop_collector_fortigates 1\n');
    expect(text).toContain('fabrictop_collector_source_up{feed="agents",source="127.0.0.1"} 1\n');
    expect(text).toContain('fabrictop_collector_feed_total{feed="agents",what="logons"} 1\n');
    expect(text).toContain(
      'fabrictop_collector_fortigate_queued_bytes{identity="FGVM010000000001-root"} 0\n',
    );
    expect(text).toContain('fabrictop_collector_queue_length{queue="address"} 0\n');
    expect(text).toContain('fabrictop_forward_sent_total{receiver="siem",kind="syslog"} 7\n');
    expect(text).not.toMatch(/anna/i);
  }
  await end();
  await expect(fetch(url)).rejects.toThrow();
});

test('a port that is taken is a line of the log, and the collector runs on', async () => {
  const { collector, port } = await runningCollector();
  const told: NewEvent[] = [];
  const end = await observeCollector(
    { metrics: metricsSchema.parse({ listen: `127.0.0.1:${port}` }) },
    collector,
    systemClock,
    () => [],
    (line) => told.push(line),
  );
  expect(told).toMatchObject([{ level: 'error', text: expect.stringContaining('EADDRINUSE') }]);
  await end();
});

test('an agent that reported and does so no more is an alert, and one that never did is not', async () => {
  const { collector, clock, logon } = await runningCollector();
  const told: NewEvent[] = [];
  const rules = [{ name: 'quiet', when: 'no-events', for: 60 }];
  const end = await observeCollector(
    { alerts: alertsSchema.parse({ rules, 'resolve-after': 0 }) },
    collector,
    clock,
    () => [],
    (line) => told.push(line),
  );
  await logon();
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  clock.advance(30_000);
  expect(told).toEqual([]);
  clock.advance(40_000);
  expect(told).toMatchObject([
    { level: 'warning', text: expect.stringContaining('agent 127.0.0.1 reports no logon') },
  ]);
  await logon({ ip: '10.0.0.2' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(2), patience);
  clock.advance(10_000);
  expect(told.at(-1)?.text).toContain('is resolved');
  await end();
});
