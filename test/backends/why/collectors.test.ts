import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { serveCollectorControl } from '../../../src/backends/collector-control/server.ts';
import { askCollectors } from '../../../src/backends/why/collectors.ts';
import { systemClock } from '../../../src/clock.ts';
import { pollingFeed } from '../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-why-collectors-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a real collector is asked for one subject, by name with and without the domain, and by address', async () => {
  const { collector, clock, logon, online } = await runningCollector({
    filters: { default: ['CORP/SALES'] },
  });
  const socket = join(directory, 'c.sock');
  const control = await serveCollectorControl({
    path: socket,
    collector,
    guard: new WriteGuard(false),
    clock,
  });
  onTestFinished(() => control.stop());
  await online();
  await logon({ ip: '10.0.0.1', user: 'alice' });
  await logon({ ip: '10.0.0.2', user: 'alice "x" y', domain: 'OTHER' });
  await logon({ ip: '10.0.0.3', user: 'alicia' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(3), patience);
  const targets = [
    { name: 'main', socket },
    { name: 'away', socket: join(directory, 'nobody.sock') },
  ];
  const ask = async (value: string, kind: 'user' | 'ip' = 'user') => {
    const [main, away] = await askCollectors(targets, { kind, value }, systemClock);
    expect(away).toMatchObject({ name: 'away', failure: expect.stringContaining('cannot be reached') });
    return main;
  };
  expect(await ask('ALICE')).toMatchObject({
    failure: null,
    logons: 3,
    entries: [{ user: 'alice', ip: '10.0.0.1', agent: '127.0.0.1', feed: 'dc-agent' }],
    fortigates: [{ identity: 'FGVM010000000001-root', filter: { from: 'configuration', groups: 1 } }],
  });
  const ips = async (...asked: Parameters<typeof ask>) => (await ask(...asked))?.entries.map(({ ip }) => ip);
  expect(await ips('corp\\alice')).toEqual(['10.0.0.1']);
  expect(await ips('nowhere\\alice')).toEqual([]);
  expect(await ips('OTHER\\alice "x" y')).toEqual(['10.0.0.2']);
  expect(await ips('10.0.0.3', 'ip')).toEqual(['10.0.0.3']);
});

test('a logon of a machine that the collector polls says how, and when it last did', async () => {
  const strings = {
    TargetUserName: 'anna',
    TargetDomainName: 'CORP',
    IpAddress: '::ffff:10.0.0.7',
    Status: '0x0',
  };
  const log = new ScriptedLog();
  const target = (mode: 'netapi' | 'event-log', read: ScriptedLog | null) => ({
    ...{ name: 'dc1', mode, log: 'Security', domain: 'CORP', ids: [4768], account: 'svc', seconds: 1 },
    open: async () => new ScriptedLink(() => systemClock.now(), read),
  });
  const { collector } = await runningCollector({
    clock: systemClock,
    feeds: [
      pollingFeed({
        // Polled in two ways: which of them saw the logon is said by its evidence.
        targets: [target('netapi', null), target('event-log', log)],
        pace: { seconds: 1, periods: [] },
        domains: [],
        exchange: [],
        bookmarks: null,
        historyMs: 3_600_000,
        atOnce: 1,
      }),
    ],
  });
  log.append(systemClock.now() - 1_000, 4768, strings);
  const socket = join(directory, 'c.sock');
  const guard = new WriteGuard(false);
  const control = await serveCollectorControl({ path: socket, collector, guard, clock: systemClock });
  onTestFinished(() => control.stop());
  await vi.waitFor(() => expect(collector.status.entries).toBe(1), patience);
  const [main] = await askCollectors(
    [{ name: 'main', socket }],
    { kind: 'user', value: 'anna' },
    systemClock,
  );
  expect(main?.entries).toMatchObject([
    {
      ...{ agent: 'dc1', feed: 'poller', logonTime: expect.any(Number) },
      evidence: { kind: 'event', id: 4768, record: expect.any(Number), log: 'Security', by: 'event-log' },
      poller: { how: 'event log Security', lastPoll: expect.any(Number) },
    },
  ]);
});
