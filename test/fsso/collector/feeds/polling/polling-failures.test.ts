import { expect, onTestFinished, test, vi } from 'vitest';
import {
  PollingFeed,
  type PollTarget,
} from '../../../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { logTarget, polling, quiet, settled } from '../../../../support/polling-feed.ts';
import { ScriptedLink, ScriptedLog } from '../../../../support/scripted-controller.ts';

const accessDenied = Object.assign(new Error('access denied'), {
  problem: {
    stage: 'event log',
    code: '0xC0000022',
    message: 'access denied',
    cause: 'svc-fsso may not read the log.',
    fix: ['Put svc-fsso into Event Log Readers.'],
  },
});

test('a controller that fails is tried again ever more seldom, and says why once', async () => {
  const { start, go, link, health, said, opened } = polling();
  link.failure = accessDenied;
  await start();
  expect(health()).toMatchObject({ state: 'failed', failures: 1, problem: accessDenied.problem });
  expect(said('controller not polled')).toEqual([
    expect.objectContaining({ why: 'access denied', fix: 'Put svc-fsso into Event Log Readers.' }),
  ]);
  await go(600);
  const tries = opened();
  expect(tries).toBeGreaterThanOrEqual(6);
  expect(tries).toBeLessThanOrEqual(8);
  link.failure = null;
  await go(300);
  expect(said('controller not polled')).toHaveLength(1);
  expect(said('controller polled again')).toHaveLength(1);
  expect(health()).toMatchObject({ state: 'ok', problem: null });
});

test('a connection that breaks is opened again, and nothing is lost meanwhile', async () => {
  const { start, go, link, log, logons, opened, clock } = polling();
  await start();
  log.ticket(clock.now(), 'alice', '10.0.0.7');
  const { extent } = log;
  log.extent = () => Promise.reject(new Error('connection reset'));
  await go(10);
  expect(link.isClosed).toBe(true);
  log.extent = extent;
  await go(20);
  expect(logons.map(({ user }) => user)).toEqual(['alice']);
  expect(opened()).toBe(2);
});

test('a poll that does not end is given up after a minute', async () => {
  const { start, go, log, health } = polling();
  log.extent = () => new Promise(() => {});
  await start();
  await go(59);
  expect(health().state).toBe('waiting');
  await go(2);
  expect(health()).toMatchObject({ state: 'failed', problem: { stage: 'poll' } });
});

test('a clock that is set back in the middle of a poll puts off no other', async () => {
  const { start, go, log, health, clock } = polling();
  const now = clock.now.bind(clock);
  let ahead = 45_000;
  vi.spyOn(clock, 'now').mockImplementation(() => now() + ahead);
  const extent = log.extent.bind(log);
  let answer = () => {};
  log.extent = () => new Promise((done) => (answer = () => done(extent())));
  await start();
  ahead = 0;
  answer();
  await settled();
  expect(health().polls).toBe(1);
  log.extent = extent;
  await go(10);
  expect(health().polls).toBe(2);
});

test('a round trip over the limit of sessions is said', async () => {
  const { start, go, link, health, said } = polling({ target: { mode: 'netapi' } });
  let answer = () => {};
  link.sessions.sessions = () => new Promise((done) => (answer = () => done([])));
  await start();
  await go(11);
  answer();
  await settled();
  expect(health()).toMatchObject({ state: 'slow', pollTimes: [11_000] });
  expect(said('controller polled too slowly')).toHaveLength(1);
});

test('a poll by WMI that takes longer than there is from poll to poll is said, but not the first', async () => {
  const { start, go, log, health, said } = polling({ target: { mode: 'wmi' } });
  const extent = log.extent.bind(log);
  let answer = () => {};
  log.extent = () => new Promise((done) => (answer = () => done(extent())));
  await start();
  await go(11);
  answer();
  await settled();
  expect(health().state).toBe('ok');
  await go(11);
  await go(11);
  answer();
  await settled();
  expect(health().state).toBe('slow');
  expect(said('controller polled too slowly')).toHaveLength(1);
});

test('controllers begin at different moments, and no more at once than is wanted', async () => {
  const random = [0.1, 0.4, 0.4, 0.4][Symbol.iterator]();
  const all = polling();
  let open = 0;
  let most = 0;
  const release: (() => void)[] = [];
  const target = (name: string): PollTarget => ({
    ...logTarget,
    name,
    async open() {
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((done) => release.push(done));
      open -= 1;
      return new ScriptedLink(() => all.clock.now(), new ScriptedLog());
    },
  });
  const feed = new PollingFeed(
    {
      ...{
        domains: [],
        exchange: [],
        bookmarks: null,
        historyMs: 0,
        atOnce: 2,
        pace: { seconds: null, periods: [] },
      },
      targets: ['a', 'b', 'c', 'd'].map(target),
      random: () => random.next().value ?? 0,
    },
    all.context,
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  await all.go(1);
  expect(open).toBe(1);
  release.shift()?.();
  await all.go(3);
  expect(open).toBe(2);
  for (let left = 3; left > 0; left--) {
    release.shift()?.();
    await settled();
    await settled();
  }
  expect(most).toBe(2);
  expect(feed.health.polled?.map(({ polls }) => polls)).toEqual([1, 1, 1, 1]);
});

test('a wrong password is tried once for all controllers of an account, so that it is not locked', async () => {
  const { go, context, events } = polling();
  let logins = 0;
  let underWay = 0;
  let most = 0;
  let isWrong = true;
  const target = (name: string, account: string): PollTarget => ({
    ...{ ...logTarget, name, account },
    async open(_signal, clock, turn) {
      const decided = await turn();
      logins += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      // As long as a machine needs to say so.
      await new Promise<void>((done) => clock.after(500, done));
      underWay -= 1;
      const isRefused = isWrong && account === logTarget.account;
      const refusal = Object.assign(new Error('wrong'), {
        status: 0xc000006d,
        problem: { ...accessDenied.problem, message: 'user name or password is wrong' },
      });
      decided(isRefused ? refusal : null);
      if (isRefused) throw refusal;
      return new ScriptedLink(() => context.clock.now(), new ScriptedLog());
    },
  });
  const feed = new PollingFeed(
    {
      ...{ ...quiet, random: () => 0.5 },
      targets: [...['a', 'b', 'c'].map((name) => target(name, 'CORP\\svc-fsso')), target('d', 'OTHER\\svc')],
    },
    context,
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  await go(290);
  expect(feed.health.polled?.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'ok']);
  // One of each account, although all three came at the same moment.
  expect([logins, most]).toEqual([2, 2]);
  isWrong = false;
  await go(600);
  expect(feed.health.polled?.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(events.filter(({ msg }) => msg === 'controller not polled')).toHaveLength(3);
});

test('a password that is refused on a way without turns is held for the others too', async () => {
  const { go, context } = polling();
  let tries = 0;
  const open = async () => {
    tries += 1;
    throw Object.assign(new Error('wrong'), { status: 0xc000006d, problem: accessDenied.problem });
  };
  const targets = ['a', 'b', 'c'].map((name): PollTarget => ({ ...logTarget, name, open }));
  const feed = new PollingFeed({ ...quiet, targets, atOnce: 1 }, context);
  onTestFinished(() => feed.stop());
  await feed.start();
  await go(100);
  expect(tries).toBe(1);
  expect(feed.health.polled?.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
});
