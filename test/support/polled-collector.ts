import { vi } from 'vitest';
import { type PollTarget, pollingFeed } from '../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { runningCollector } from './running-collector.ts';
import { ScriptedLink, ScriptedLog } from './scripted-controller.ts';

const shared = { log: 'Security', domain: 'CORP', ids: [4768], account: 'CORP\\svc-fsso', seconds: null };

/**
 * A collector that has polled three domain controllers: dc1, in whose log it found one logon and missed two records that were
 * overwritten, dc2, which gives its sessions, and dc3, which refuses. Ten seconds go by meanwhile.
 */
export async function polledCollector() {
  const log = new ScriptedLog();
  const target = (name: string, more: Pick<PollTarget, 'mode' | 'open'>): PollTarget => ({
    ...shared,
    name,
    ...more,
  });
  const feed = pollingFeed({
    pace: { seconds: null, periods: [] },
    targets: [
      target('dc1.corp.example', {
        mode: 'event-log',
        open: async (_, clock) => new ScriptedLink(() => clock.now(), log),
      }),
      target('dc2.corp.example', {
        mode: 'netapi',
        open: async (_, clock) => new ScriptedLink(() => clock.now()),
      }),
      target('dc3.corp.example', {
        mode: 'event-log',
        open: () => Promise.reject(new Error('access denied')),
      }),
    ],
    ...{ domains: [], exchange: [], bookmarks: null, historyMs: 0, atOnce: 16, random: () => 0 },
  });
  const running = await runningCollector({ feeds: [feed] });
  const { clock, collector } = running;
  const polled = () => collector.status.feeds.flatMap(({ polled: all = [] }) => all);
  const past = async (polls: number): Promise<void> => {
    await vi.waitFor(() => {
      for (const { polls: done, failures, name } of polled())
        if (done + failures < polls) throw new Error(`${name} was polled ${done + failures} times`);
    });
  };
  log.ticket(clock.now() - 60_000, 'before', '10.0.0.6');
  clock.advance(0);
  await past(1);
  for (const user of ['lost1', 'lost2', 'anna']) log.ticket(clock.now(), user, '10.0.0.7');
  log.wrap(3);
  for (let second = 0; second < 10; second += 1) {
    clock.advance(1000);
    await new Promise((done) => setImmediate(done));
  }
  await past(2);
  return { ...running, polled };
}
