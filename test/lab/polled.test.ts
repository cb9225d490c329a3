import { expect, onTestFinished, test, vi } from 'vitest';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { Lab } from '../../src/lab/lab.ts';
import { clearedAt, deniedAt, deniedFor } from '../../src/lab/polled/troubles.ts';
import { ManualClock } from '../support/manual-clock.ts';

// A busy machine makes keys slowly.
vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 15_000 };

async function startPolling() {
  const clock = new ManualClock(Date.now());
  const lab = await Lab.start('polling', clock);
  onTestFinished(() => lab.stop());
  const [collector] = lab.collectors;
  if (!collector) throw new Error('the lab has no collector');
  const events: CollectorEvent[] = [];
  collector.watch({ changed: () => {}, checked: () => {}, event: (event) => void events.push(event) });
  const all = () => collector.status.feeds.flatMap((feed) => feed.polled ?? []);
  const polled = (name: string) => all().find((each) => each.name.startsWith(name));
  /** Lets time go on in steps, each with the polls that fall due in it. */
  const go = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(left, 1000));
      // A poll that is under way has no next one yet.
      await vi.waitFor(() => expect(all().every(({ nextPoll }) => nextPoll !== null)).toBe(true), {
        ...soon,
        interval: 2,
      });
    }
  };
  /** Goes on second by second until it is so. */
  const until = (check: () => void) =>
    vi.waitFor(async () => {
      await go(1000);
      check();
    }, soon);
  return { lab, clock, collector, events, polled, go, until };
}

test('a collector of the lab has people from three domain controllers, each polled in its own way', async () => {
  const { collector, polled, until } = await startPolling();
  await until(() =>
    expect(['dc01', 'dc02', 'dc03'].map((name) => [polled(name)?.mode, polled(name)?.state])).toEqual([
      ['event-log', 'ok'],
      ['netapi', 'ok'],
      ['wmi', 'ok'],
    ]),
  );
  await until(() => {
    const tellers = new Set([...collector.entries()].map(({ agent }) => agent));
    expect([...tellers]).toEqual(
      expect.arrayContaining(['dc01.corp.example', 'dc02.corp.example', 'dc03.corp.example']),
    );
  });
});

test('one denies its log with what to do, recovers with records lost, and the log of another is cleared', async () => {
  const { clock, events, polled, go, until } = await startPolling();
  const began = clock.now();
  await until(() => expect(polled('dc01')?.state).toBe('ok'));
  await go(began + deniedAt - clock.now());
  await until(() => expect(polled('dc01')?.problem).not.toBeNull());
  expect(polled('dc01')?.problem).toMatchObject({
    message: 'access denied: dc01.corp.example does not let CORP\\svc-fsso read its event log',
    fix: ['put CORP\\svc-fsso into Event Log Readers'],
  });
  await go(began + deniedAt + deniedFor - clock.now());
  await until(() => expect(polled('dc01')).toMatchObject({ state: 'ok', problem: null }));
  expect(polled('dc01')?.lost).toBeGreaterThan(0);
  await go(began + clearedAt - clock.now());
  await until(() =>
    expect(events).toContainEqual(
      expect.objectContaining({ msg: 'event log was cleared', controller: 'dc03.corp.example' }),
    ),
  );
});

test('it leaves no timer when it is stopped', async () => {
  const clock = new ManualClock(Date.now());
  const lab = await Lab.start('polling', clock);
  await lab.stop();
  expect(clock.waiting).toBe(0);
});
