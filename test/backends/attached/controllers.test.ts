import { expect, test } from 'vitest';
import { controllerRows } from '../../../src/backends/attached/controllers.ts';
import { statusDocumentOf } from '../../../src/backends/collector-control/documents.ts';
import { statusDocument } from '../../../src/backends/collector-control/protocol.ts';
import type { PolledController } from '../../../src/fsso/collector/feeds/feed.ts';
import { runningCollector } from '../../support/running-collector.ts';

const polled: PolledController = {
  name: 'DC1.corp.example',
  domain: 'corp.example',
  mode: 'event-log',
  log: 'Security',
  eventIds: [4768, 4776],
  state: 'behind',
  means: 'SMB 3.1.1',
  polls: 3,
  failures: 1,
  lastPoll: 1_000,
  nextPoll: 6_000,
  periodMs: 5_000,
  periodIsChosen: false,
  pollTimes: [10, 20],
  lastEvent: 900,
  bookmark: 17,
  lag: { records: 4, seconds: 2 },
  lost: 0,
  sessions: null,
  logons: 2,
  logonsPerMinute: 1,
  clockSkew: -3,
  misses: 'some',
  problem: { stage: 'log', code: 5, message: 'access denied', cause: 'rights', fix: ['give them'] },
};

test('a controller that is polled is one row for each mode, one that is not is seen by its agent or by nobody', async () => {
  const { collector } = await runningCollector();
  const known = { domain: 'corp.example', addresses: ['10.0.0.1'], lastHeard: null };
  const feed = { kind: 'poller', listening: [], sources: [], counts: {}, dropped: {} };
  const sessions = { ...polled, mode: 'netapi', log: null, lag: null, problem: null } as const;
  const status = statusDocumentOf(
    {
      ...collector.status,
      feeds: [{ ...feed, polled: [polled, sessions, { ...sessions, name: '10.0.0.4' }] }],
      domainControllers: [
        { ...known, name: 'dc1.corp.example', reportedBy: 'DC1.corp.example' },
        { ...known, name: 'dc2.corp.example', reportedBy: '10.0.0.2', lastHeard: 500 },
        { ...known, name: 'dc3.corp.example', reportedBy: null },
        { ...known, name: 'dc4.corp.example', addresses: ['10.0.0.4'], reportedBy: '10.0.0.4' },
      ],
    },
    { now: 0, startedAt: 0, write: false },
  );
  // As it comes over the socket.
  const rows = controllerRows('hq', statusDocument.parse(JSON.parse(JSON.stringify(status))));
  expect(rows.map(({ name, mode, state, agent }) => [name, mode, state, agent])).toEqual([
    ['DC1.corp.example', 'event-log', 'behind', null],
    ['DC1.corp.example', 'netapi', 'behind', null],
    ['10.0.0.4', 'netapi', 'behind', null],
    ['dc2.corp.example', 'agent', 'ok', '10.0.0.2'],
    ['dc3.corp.example', 'none', 'not-reported', null],
  ]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
  expect(rows[0]).toMatchObject({
    domain: 'corp.example',
    lastEvent: 900,
    problem: { message: 'access denied', fix: ['give them'] },
    polling: { log: 'Security', lastPoll: 1_000, nextPoll: 6_000, bookmark: 17, clockSkewSeconds: -3 },
    otherModes: [
      ['netapi', expect.any(String)],
      ['wmi', expect.any(String)],
    ],
  });
});
