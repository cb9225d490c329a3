import { expect, onTestFinished, test } from 'vitest';
import { AgentlessTable } from '../../../src/fsso/collector/agentless.ts';
import {
  agentlessDetail,
  agentlessSummary,
  agentlessUsers,
} from '../../../src/fsso/collector/agentless-text.ts';
import { agentlessIds } from '../../../src/fsso/collector/feeds/windows/event-logon.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedLink, ScriptedLog } from '../../support/scripted-controller.ts';

const settled = () => new Promise((done) => setImmediate(done));

function agentless(historyHours = 8) {
  const clock = new ManualClock();
  const log = new ScriptedLog();
  const changes: string[] = [];
  const table = new AgentlessTable({
    target: {
      ...{ name: 'dc1', mode: 'event-log', log: 'Security', domain: 'CORP', ids: agentlessIds },
      ...{ account: 'svc-fsso', seconds: 10 },
      open: async () => new ScriptedLink(() => clock.now(), log),
    },
    ...{
      historyMs: historyHours * 3_600_000,
      groups: [],
      directories: null,
      dns: [],
      clock,
      report: () => {},
    },
    changed: ({ kind, entry }) => changes.push(`${kind} ${entry.user}@${entry.ip}`),
  });
  onTestFinished(() => table.stop());
  const poll = async () => {
    await table.poll();
    await settled();
  };
  return { table, clock, log, changes, poll };
}

test('who logged on within the history is there, until it is over', async () => {
  const { table, clock, log, changes, poll } = agentless(8);
  log.ticket(clock.now() - 9 * 3_600_000, 'early', '10.0.0.1');
  log.ticket(clock.now() - 3_600_000, 'alice', '10.0.0.2');
  await table.start();
  await poll();
  log.ticket(clock.now(), 'bob', '10.0.0.3');
  await poll();
  expect(table.logons.map(({ user }) => user)).toEqual(['alice', 'bob']);
  clock.advance(8 * 3_600_000 + 1000);
  await settled();
  expect(changes).toEqual([
    'logon alice@10.0.0.2',
    'logon bob@10.0.0.3',
    'logoff alice@10.0.0.2',
    'logoff bob@10.0.0.3',
  ]);
  expect(table.controller).toMatchObject({ name: 'dc1', logons: 2 });
});

test('without a history reading begins with now', async () => {
  const { table, clock, log, poll } = agentless(0);
  log.ticket(clock.now() - 1000, 'alice', '10.0.0.2');
  await table.start();
  await poll();
  log.ticket(clock.now(), 'bob', '10.0.0.3');
  await poll();
  expect(table.logons.map(({ user }) => user)).toEqual(['bob']);
});

test('the outputs name what was polled, and make what it told safe', async () => {
  const { table, clock, log, poll } = agentless();
  log.ticket(clock.now() - 60_000, 'al\u001b[31mice', '10.0.0.2');
  // An event that is no logon is none of the latest either.
  log.ticket(clock.now(), 'svc-fsso', '10.0.0.9');
  await table.start();
  await poll();
  const { controller } = table;
  if (controller === null) throw new Error('nothing is polled');
  const report = {
    ...{ id: 7, server: 'dc1', port: 0, user: 'svc-fsso', frequencySeconds: 10, groups: ['CN=Sales'] },
    ...{ controller, directories: [], logons: table.logons },
  };
  expect(agentlessDetail([report])).toBe(
    [
      'AD Server Status:',
      'ID=7, name(dc1),source(security),users(1)',
      'port=auto username=svc-fsso',
      'read log offset=2, latest logon timestamp: 2026-01-15T08:59:00.000Z',
      'polling frequency: every 10 second(s) success(1), fail(0)',
      'LDAP query: success(0), fail(0)',
      'Group Filter: CN=Sales',
      '',
    ].join('\n'),
  );
  expect(agentlessSummary([report])).toBe('ID=7, name(dc1), ok, users(1)\n');
  expect(agentlessUsers([report])).toContain('IP: 10.0.0.2  User: al');
  expect(agentlessUsers([report])).not.toContain('\u001b');
});
