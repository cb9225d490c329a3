import { expect, test, vi } from 'vitest';
import { createMetricsSource } from '../../../src/backends/metrics/source.ts';
import { systemClock } from '../../../src/clock.ts';
import { listenAddress, metricsSchema } from '../../../src/config/metrics.ts';
import type { StoreChange } from '../../../src/state/changes.ts';
import { alert, collector, connector, event, logon } from '../../support/rows.ts';

async function serving() {
  const told: string[] = [];
  const outlet = { name: 'siem', kind: 'syslog', sent: 7, dropped: 1, waiting: 2, isUp: true } as const;
  const config = metricsSchema.parse({ listen: '127.0.0.1:0' });
  const source = createMetricsSource(config, systemClock, () => [outlet]);
  source.start((change) => {
    if (change.table === 'events') told.push(change.row.text);
  });
  await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 20_000, interval: 5 });
  const url = /http:\S+/.exec(told[0] ?? '')?.[0] ?? '';
  const observe = (...changes: StoreChange[]) => {
    for (const change of changes) source.observe(change);
  };
  return { url, observe, [Symbol.asyncDispose]: () => source.stop() };
}

test('links, EMS connectors, alerts and receivers are metrics', async () => {
  await using metrics = await serving();
  metrics.observe(
    collector({ state: 'online', active: true, logons: 42, events: 9 }),
    connector({ name: 'ems137', latencyMs: 250 }),
    alert({ rule: 'links', subject: 'corp', state: 'firing' }),
    event(1, { source: 'corp', logId: 43014 }),
  );
  const text = await (await fetch(metrics.url)).text();
  expect(text).toMatch(/^fabrictop_fsso_link_up\{connector="corp",server="[^"]+"\} 1$/m);
  expect(text).toMatch(/^fabrictop_fsso_logons\{.*\} 42$/m);
  expect(text).toMatch(/^fabrictop_fsso_events_total\{.*\} 9$/m);
  expect(text).toContain('fabrictop_ems_call_latency_seconds{connector="ems137"} 0.25\n');
  expect(text).toContain('fabrictop_alerts{kind="link-down",state="firing"} 1\n');
  expect(text).toContain('fabrictop_forward_sent_total{receiver="siem",kind="syslog"} 7\n');
  expect(text).toContain('fabrictop_fsso_logons_total{connector="corp"} 1\n');
  // A second reading shows the same, and what is gone is gone.
  metrics.observe({ table: 'connectors', op: 'remove', id: 'ems137' });
  const again = await (await fetch(metrics.url)).text();
  expect(again).toMatch(/^fabrictop_fsso_events_total\{.*\} 9$/m);
  expect(again).not.toContain('ems137');
});

test('no user, workstation or client address is in them', async () => {
  await using metrics = await serving();
  const row = logon(1);
  metrics.observe(
    row,
    event(1, { logId: 43014, source: 'corp', text: 'user SECRETUSER logged on 10.9.8.7' }),
  );
  const text = await (await fetch(metrics.url)).text();
  expect(text).not.toMatch(/SECRETUSER|10\.9\.8\.7/);
  if (row.table === 'logons' && row.op === 'put')
    for (const word of [row.row.user, row.row.workstation, row.row.ip]) expect(text).not.toContain(word);
});

test('nothing else is served', async () => {
  await using metrics = await serving();
  expect((await fetch(metrics.url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(metrics.url, { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await fetch(metrics.url, { method: 'HEAD' })).status).toBe(200);
});

test('a port that is in use is a line of the event log, and nothing more', async () => {
  await using metrics = await serving();
  const told: string[] = [];
  const config = metricsSchema.parse({ listen: new URL(metrics.url).host });
  const second = createMetricsSource(config, systemClock, () => []);
  second.start((change) => {
    if (change.table === 'events') told.push(change.row.text);
  });
  await vi.waitFor(() => expect(told).toEqual([expect.stringMatching(/cannot listen .*EADDRINUSE/)]), {
    timeout: 20_000,
    interval: 5,
  });
  await second.stop();
});

test.each([
  ['127.0.0.1:9843', true],
  ['[::1]:0', true],
  ['127.9.9.9:1', true],
  ['0.0.0.0:9843', false],
  ['10.0.0.1:9843', false],
  ['[::]:9843', false],
  ['localhost:9843', false],
  ['127.0.0.1:65536', false],
  ['127.0.0.1', false],
])('listening on %s without allow-remote: %s', (listen, isAllowed) => {
  expect(metricsSchema.safeParse({ listen }).success).toBe(isAllowed);
});

test('another address than loopback has to be stated', () => {
  expect(metricsSchema.safeParse({ listen: '0.0.0.0:9843', 'allow-remote': 'enable' }).success).toBe(true);
  expect(listenAddress('[::1]:9843')).toEqual({ address: '::1', port: 9843 });
});
