import { expect, test } from 'vitest';
import { collectorReload } from '../../bin/collector-reload.ts';
import { type CollectorConfig, configSchema } from '../../src/config/schema.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import type { CollectorChanges } from '../../src/fsso/collector/settings.ts';

const section = (more: object = {}): CollectorConfig =>
  configSchema.parse({ collector: { agents: ['10.0.0.0/8'], ...more } }).collector as CollectorConfig;

function reload() {
  const changes: CollectorChanges[] = [];
  const events: CollectorEvent[] = [];
  const levels: unknown[] = [];
  const given = { section: section(), password: 'one' as string | null, checks: null };
  const run = collectorReload({
    collector: { reconfigure: (each) => void changes.push(each), setPollPace: () => undefined },
    log: { retune: (...each) => void levels.push(each) },
    running: { section: section(), password: 'one' },
    read: async () => ({ ...given }),
    report: (event) => void events.push(event),
  });
  return { changes, events, levels, given, run };
}

test('only what changed is told to the collector, and what needs a restart is named until it was', async () => {
  const { changes, events, given, run } = reload();
  given.section = section({ 'dead-entry-timeout': 5, 'ignore-user-list': ['svc-*'], dns: ['10.0.0.1'] });
  expect(await run()).toBeNull();
  given.section = section({ 'ignore-user-list': ['svc-*'], dns: ['10.0.0.1'] });
  expect(await run()).toBeNull();
  given.section = section();
  expect(await run()).toBeNull();
  expect(changes).toMatchObject([
    { deadEntryTimeoutMs: 300_000, ignore: { users: ['svc-*'] } },
    { deadEntryTimeoutMs: 28_800_000 },
    { ignore: { users: [] } },
  ]);
  expect(changes.map((each) => Object.keys(each).length)).toEqual([2, 1, 1]);
  expect(events).toMatchObject([
    { taken: ['ignore-user-list', 'dead-entry-timeout'], restart: ['dns'] },
    { taken: ['dead-entry-timeout'], restart: ['dns'] },
    { taken: ['ignore-user-list'], restart: [] },
  ]);
});

test('a password that changed where it stands is taken up', async () => {
  const { changes, events, given, run } = reload();
  given.password = 'two';
  await run();
  await run();
  expect(changes).toEqual([{ password: 'two' }, {}]);
  expect(events).toMatchObject([
    { taken: ['password'], restart: [] },
    { taken: [], restart: [] },
  ]);
  expect(JSON.stringify(events)).not.toContain('two');
});

test('the log is told its level and its size', async () => {
  const { levels, given, run } = reload();
  given.section = section({ 'log-level': 'warn', 'log-file-size': 2 });
  await run();
  expect(levels).toEqual([['warn', 2 * 1024 * 1024]]);
});
