import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { attachedActions } from '../../../src/backends/attached/actions.ts';
import { createAttachedSource } from '../../../src/backends/attached/source.ts';
import { serveCollectorControl } from '../../../src/backends/collector-control/server.ts';
import { systemClock } from '../../../src/clock.ts';
import { pollingFeed } from '../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import type { ControllerRow, EntryRow } from '../../../src/state/changes.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

test('an entry that was polled comes with its evidence, judged by the events that are read there, and the period is changed', async () => {
  const log = new ScriptedLog();
  const { collector } = await runningCollector({
    clock: systemClock,
    feeds: [
      pollingFeed({
        targets: [
          {
            ...{
              name: 'dc1',
              mode: 'event-log',
              log: 'Security',
              domain: 'CORP',
              account: 'svc',
              seconds: 1,
            },
            ids: [672, 680, 4768, 4776],
            open: async () => new ScriptedLink(() => systemClock.now(), log),
          },
        ],
        ...{ pace: { seconds: 1, periods: [] }, domains: [], exchange: [], bookmarks: null },
        ...{ historyMs: 3_600_000, atOnce: 1 },
      }),
    ],
  });
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-polled-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const socket = join(directory, 'c.sock');
  const guard = new WriteGuard(true);
  const control = await serveCollectorControl({ path: socket, collector, guard, clock: systemClock });
  onTestFinished(() => control.stop());
  const record = log.ticket(systemClock.now() - 1_000, 'anna', '10.0.0.7');

  const entries = new Map<string, EntryRow>();
  const controllers = new Map<string, ControllerRow>();
  const source = createAttachedSource({ name: 'main', socket }, systemClock);
  source.start((change) => {
    if (change.table === 'entries' && change.op === 'put') entries.set(change.row.ip, change.row);
    if (change.table === 'controllers' && change.op === 'put') controllers.set(change.row.name, change.row);
  });
  onTestFinished(() => source.stop());

  await vi.waitFor(() => expect(entries.get('10.0.0.7')).toBeDefined(), patience);
  const { evidence, ways } = entries.get('10.0.0.7') as EntryRow;
  expect(evidence).toMatchObject({ kind: 'event', id: 4768, record, log: 'Security', by: 'event-log' });
  expect(ways.filter(({ isConfigured }) => isConfigured).map(({ mode }) => mode)).toEqual([
    'event log, setting 0',
  ]);

  const actions = attachedActions(new Map([['main', source]]), guard);
  expect(await actions.setPollPeriod('main', 7)).toEqual({
    ok: true,
    message: 'main polls its domain controller every 7 s',
  });
  const polling = () => controllers.get('dc1')?.polling;
  await vi.waitFor(
    () => expect(polling()).toMatchObject({ periodMs: 7_000, periodIsChosen: true }),
    patience,
  );
  expect(await actions.setPollPeriod('main', null)).toMatchObject({ ok: true });
  await vi.waitFor(
    () => expect(polling()).toMatchObject({ periodMs: 1_000, periodIsChosen: false }),
    patience,
  );
});
