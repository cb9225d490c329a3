import { expect, test } from 'vitest';
import { statusDocumentOf } from '../../src/backends/collector-control/documents.ts';
import { collectorRegistry } from '../../src/backends/metrics/collector-metrics.ts';
import { dashboardRegistry, MetricsPicture } from '../../src/backends/metrics/dashboard-metrics.ts';
import { polledCollector } from '../support/polled-collector.ts';
import { alert, collector, connector, event } from '../support/rows.ts';
import { runningCollector } from '../support/running-collector.ts';
import { runTool } from './tool.ts';

test('promtool finds nothing to complain of in our metrics', async () => {
  const picture = new MetricsPicture();
  for (const change of [
    collector({ events: 3 }),
    connector({ name: 'e"m\\s\n137' }),
    alert({ rule: 'links', subject: 'corp' }),
    event(1, { source: 'corp', logId: 43014 }),
  ])
    picture.take(change);
  const outlet = { name: 'siem', kind: 'syslog', sent: 7, dropped: 1, waiting: 2, isUp: true } as const;
  const registry = await dashboardRegistry(picture, () => [outlet]);
  const said = runTool('promtool', ['check', 'metrics'], 'prometheus', Buffer.from(await registry.metrics()));
  expect(said.toString()).toBe('');
});

test('promtool finds nothing to complain of in the metrics of a collector', async () => {
  const { collector, clock } = await runningCollector({ dns: ['127.0.0.1:9'] });
  const around = { now: clock.now(), startedAt: clock.now(), write: false };
  const status = statusDocumentOf(collector.status, around);
  const registry = await collectorRegistry(
    () => status,
    () => [],
  );
  const said = runTool('promtool', ['check', 'metrics'], 'prometheus', Buffer.from(await registry.metrics()));
  expect(said.toString()).toBe('');
});

test('promtool finds nothing to complain of in the metrics of a collector that polls', async () => {
  const { collector, clock } = await polledCollector();
  const around = { now: clock.now(), startedAt: clock.now(), write: false };
  const registry = await collectorRegistry(
    () => statusDocumentOf(collector.status, around),
    () => [],
  );
  const text = await registry.metrics();
  expect(text).toContain('fabrictop_collector_poll_up{controller="dc3.corp.example"');
  const said = runTool('promtool', ['check', 'metrics'], 'prometheus', Buffer.from(text));
  expect(said.toString()).toBe('');
});
