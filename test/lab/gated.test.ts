import { expect, onTestFinished, test, vi } from 'vitest';
import { startGate } from '../../src/lab/gated/gate.ts';
import { Lab } from '../../src/lab/lab.ts';
import { company, domain } from '../../src/lab/people.ts';
import { feedContext } from '../support/feed-context.ts';
import { ManualClock } from '../support/manual-clock.ts';

// A busy machine makes keys slowly.
vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 15_000, interval: 5 };

async function startOne() {
  const { context, clock, events, logons } = feedContext();
  const stops: (() => Promise<void> | void)[] = [];
  onTestFinished(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  const people = company(20);
  const gate = await startGate(people, clock, stops);
  const feed = gate.feed(context);
  gate.listensAt((await feed.start())[0]?.port ?? 0);
  stops.push(() => feed.stop());
  const visit = async (index: number) => {
    const { user = '', workstation = '', ip = '' } = people[index] ?? {};
    await gate.place.logon({ user, workstation, ip, domain });
  };
  const verdicts = () => events.filter(({ msg }) => msg === 'ntlm answer checked');
  return { clock, feed, logons, people, visit, verdicts };
}

test('a browser of the lab says who it is, is a logon at an address of its own, and is not asked again at once', async () => {
  const { clock, feed, logons, people, visit } = await startOne();
  await visit(0);
  const { user, workstation } = people[0] ?? {};
  await vi.waitFor(
    () => expect(logons).toMatchObject([{ user, workstation, domain, ip: '127.20.21.2', feed: 'ntlm' }]),
    soon,
  );
  await visit(0);
  expect(feed.health.counts).toMatchObject({ ok: 1, admitted: 1 });
  clock.advance(60_000);
  await visit(0);
  expect(feed.health.counts).toMatchObject({ ok: 2 });
});

test('who mistypes is told apart from accounts that are disabled, locked and out of date', async () => {
  const { feed, visit, verdicts } = await startOne();
  for (const index of [4, 10, 16, 0, 1, 2, 3, 5]) await visit(index);
  expect(feed.health.counts).toMatchObject({
    ...{ disabled: 1, locked: 1, 'password-expired': 1, 'wrong-password': 1, ok: 5 },
  });
  expect(verdicts().map((event) => 'verdict' in event && event.verdict)).toEqual([
    ...['disabled', 'locked', 'password-expired', 'ok', 'ok', 'ok', 'ok', 'wrong-password', 'ok'],
  ]);
});

test('the collector of the scenario has people of agents and people of its gate', async () => {
  const lab = await Lab.start('ntlm', new ManualClock(Date.now()));
  onTestFinished(() => lab.stop());
  const [collector] = lab.collectors;
  const counts = () =>
    Object.fromEntries(collector?.status.feeds.map(({ kind, counts }) => [kind, counts]) ?? []);
  await vi.waitFor(() => {
    expect(counts()['ntlm']).toMatchObject({ waiting: 0, ok: expect.any(Number) });
    expect(counts()['agents']?.['received']).toBeGreaterThan(0);
  }, soon);
});
