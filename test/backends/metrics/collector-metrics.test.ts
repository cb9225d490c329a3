import { expect, test, vi } from 'vitest';
import { observeCollector } from '../../../bin/collector-observers.ts';
import { statusDocumentOf } from '../../../src/backends/collector-control/documents.ts';
import { collectorRegistry } from '../../../src/backends/metrics/collector-metrics.ts';
import { systemClock } from '../../../src/clock.ts';
import { alertsSchema } from '../../../src/config/alerts.ts';
import { metricsSchema } from '../../../src/config/metrics.ts';
import type { NewEvent } from '../../../src/state/changes.ts';
import { polledCollector } from '../../support/polled-collector.ts';
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

test('each domain controller that is polled has metrics of its own, and what is not known of it is absent', async () => {
  const { collector, clock } = await polledCollector();
  const began = clock.now();
  const registry = await collectorRegistry(
    () => statusDocumentOf(collector.status, { now: began, startedAt: began, write: false }),
    () => [],
  );
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => /^fabrictop_collector_poll/.test(line));
  expect(lines).toMatchInlineSnapshot(`
    [
      "fabrictop_collector_poll_up{controller="dc1.corp.example",mode="event-log",log="Security"} 1",
      "fabrictop_collector_poll_up{controller="dc2.corp.example",mode="netapi",log=""} 1",
      "fabrictop_collector_poll_up{controller="dc3.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_last_timestamp_seconds{controller="dc1.corp.example",mode="event-log",log="Security"} 1768467610",
      "fabrictop_collector_poll_last_timestamp_seconds{controller="dc2.corp.example",mode="netapi",log=""} 1768467609",
      "fabrictop_collector_poll_duration_seconds{controller="dc1.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_duration_seconds{controller="dc2.corp.example",mode="netapi",log=""} 0",
      "fabrictop_collector_poll_lag_records{controller="dc1.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_lag_seconds{controller="dc1.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_polls_total{controller="dc1.corp.example",mode="event-log",log="Security"} 2",
      "fabrictop_collector_polls_total{controller="dc2.corp.example",mode="netapi",log=""} 2",
      "fabrictop_collector_polls_total{controller="dc3.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_failures_total{controller="dc1.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_failures_total{controller="dc2.corp.example",mode="netapi",log=""} 0",
      "fabrictop_collector_poll_failures_total{controller="dc3.corp.example",mode="event-log",log="Security"} 2",
      "fabrictop_collector_poll_lost_total{controller="dc1.corp.example",mode="event-log",log="Security"} 2",
      "fabrictop_collector_poll_lost_total{controller="dc2.corp.example",mode="netapi",log=""} 0",
      "fabrictop_collector_poll_lost_total{controller="dc3.corp.example",mode="event-log",log="Security"} 0",
      "fabrictop_collector_poll_logons_total{controller="dc1.corp.example",mode="event-log",log="Security"} 1",
      "fabrictop_collector_poll_logons_total{controller="dc2.corp.example",mode="netapi",log=""} 0",
      "fabrictop_collector_poll_logons_total{controller="dc3.corp.example",mode="event-log",log="Security"} 0",
    ]
  `);
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
