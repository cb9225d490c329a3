import { expect, test } from 'vitest';
import { componentRows } from '../../../src/backends/attached/rows.ts';
import { statusDocumentOf } from '../../../src/backends/collector-control/documents.ts';
import type { FeedHealth, PolledController } from '../../../src/fsso/collector/feeds/feed.ts';
import { runningCollector } from '../../support/running-collector.ts';

test('a feed tells when it last heard of a logon, what each source sent, and what was dropped of it by why', async () => {
  const { collector, logon, send, clock, all } = await runningCollector();
  await logon();
  await send(Buffer.alloc(13));
  await expect.poll(() => all('datagram dropped')).toHaveLength(1);
  clock.advance(10_000);
  const now = clock.now();
  const { feeds } = statusDocumentOf(collector.status, { now, startedAt: now, write: false });
  const lastEvent = new Date(now - 10_000).toISOString();
  expect(feeds).toMatchObject([
    {
      kind: 'agents',
      lastEvent,
      dropped: { 'bad-length': 1 },
      sources: [{ lastEvent, logons: 1, history: [0.2], bytesPerSecond: 4, dropped: { 'bad-length': 1 } }],
    },
  ]);
});

test('a domain controller that nobody reports for is told with its addresses', async () => {
  const { collector } = await runningCollector();
  const controller = { domain: 'corp.example', name: 'dc01.corp.example', addresses: ['10.0.0.1'] };
  const status = {
    ...collector.status,
    domainControllers: [
      { ...controller, reportedBy: null, lastHeard: null },
      { ...controller, name: 'dc02.corp.example', reportedBy: '10.0.0.2', lastHeard: 0 },
    ],
  };
  const document = statusDocumentOf(status, { now: 0, startedAt: 0, write: false });
  expect(document['domain-controllers']).toEqual([
    { ...controller, agent: null, lastEvent: null },
    { ...controller, name: 'dc02.corp.example', agent: '10.0.0.2', lastEvent: '1970-01-01T00:00:00.000Z' },
  ]);
});

test('each server of a directory is told with its times, and why it failed', async () => {
  const { collector } = await runningCollector();
  const problem = { stage: 'tcp', code: null, message: 'connection refused', cause: '', fix: [] };
  const server = { server: 'dc1:636', security: 'ldaps', lastMs: 3, band: 'good', lastAnswerAt: 0 } as const;
  const good = {
    ...server,
    state: 'connected',
    averageMs: 2,
    answers: 7,
    failures: 0,
    retryAt: null,
    problem: null,
  } as const;
  const bad = { ...good, server: 'dc2:636', state: 'failed', failures: 1, retryAt: 5, problem } as const;
  const status = { ...collector.status, directories: [{ name: 'corp', waiting: 0, servers: [good, bad] }] };
  const { directories } = statusDocumentOf(status, { now: 0, startedAt: 0, write: false });
  const told = {
    server: 'dc1:636',
    domain: 'corp',
    lastMs: 3,
    averageMs: 2,
    lastAnswer: '1970-01-01T00:00:00.000Z',
  };
  expect(directories).toEqual([
    { ...told, state: 'connected', asked: 7, failed: 0, problem: null },
    { ...told, server: 'dc2:636', state: 'failed', asked: 8, failed: 1, problem: 'connection refused' },
  ]);
});

test('health counts the entries that are not verified, tells what the checks found, and names the domain controllers without an agent', async () => {
  const { collector } = await runningCollector();
  const controller = { domain: 'corp.example', addresses: [], lastHeard: null };
  const status = {
    ...collector.status,
    notVerified: 3,
    checks: { address: { checked: 5, moved: 1, failed: 2 }, workstation: null },
    domainControllers: [
      { ...controller, name: 'dc01', reportedBy: '10.0.0.2' },
      { ...controller, name: 'dc02', reportedBy: null },
    ],
  };
  const { health } = statusDocumentOf(status, { now: 0, startedAt: 0, write: false });
  expect(health).toMatchObject({
    notVerified: 3,
    checks: { address: { checked: 5, moved: 1, failed: 2 }, workstation: null },
    unreportedControllers: ['dc02'],
  });
  const labels = componentRows('hq', statusDocumentOf(status, { now: 0, startedAt: 0, write: false }))[0]
    ?.facts;
  expect(labels).toContainEqual(['Addresses', { kind: 'text', value: 'checked 5, moved 1, failed 2' }]);
  expect(labels).toContainEqual(['Not reported', { kind: 'text', value: 'dc02' }]);
});

test('a feed that opens no port is ok while it is answered, and failed with its reason while it is not', async () => {
  const { collector } = await runningCollector();
  const feed = { kind: 'edirectory', listening: [], sources: [], counts: {}, dropped: {} };
  const problem = { stage: 'tcp', code: null, message: 'connection refused', cause: '', fix: [] };
  const statesOf = (...feeds: FeedHealth[]) =>
    statusDocumentOf({ ...collector.status, feeds }, { now: 0, startedAt: 0, write: false }).feeds.map(
      (each) => [each.state, each.problem],
    );
  const never = { lastPoll: null, nextPoll: null, lastEvent: null, lag: null, problem: null, pollTimes: [] };
  const polled = (state: 'ok' | 'failed') => ({ ...never, state }) as unknown as PolledController;
  expect(statesOf({ ...feed, problem: null }, { ...feed, problem }, feed)).toEqual([
    ['ok', null],
    ['failed', 'connection refused'],
    ['idle', null],
  ]);
  expect(
    statesOf(
      { ...feed, polled: [polled('ok'), polled('failed')] },
      { ...feed, polled: [polled('failed')] },
      { ...feed, polled: [] },
    ).map(([state]) => state),
  ).toEqual(['ok', 'failed', 'idle']);
});
