import { onTestFinished } from 'vitest';
import type { PolledController } from '../../src/fsso/collector/feeds/feed.ts';
import {
  PollingFeed,
  type PollingFeedOptions,
  type PollTarget,
} from '../../src/fsso/collector/feeds/polling/polling-feed.ts';
import type { ControllerLink } from '../../src/fsso/windows/reading.ts';
import { feedContext } from './feed-context.ts';
import { ScriptedLink, ScriptedLog } from './scripted-controller.ts';

/** The tasks of promises that are due, so that what a poll did shows. */
export const settled = () => new Promise((done) => setImmediate(done));

/** A domain controller whose log is read, but for how it is reached. */
export const logTarget: Omit<PollTarget, 'open'> = {
  name: 'dc1.corp.example',
  mode: 'event-log',
  log: 'Security',
  domain: 'CORP',
  ids: [4768, 4776],
  account: 'CORP\\svc-fsso',
  seconds: null,
};

/** Options of a feed that polls nobody. */
export const quiet: PollingFeedOptions = {
  ...{ pace: { seconds: null, periods: [] }, targets: [], domains: [], exchange: [] },
  ...{ bookmarks: null, historyMs: 0, atOnce: 16, random: () => 0 },
};

/** A feed that polls one scripted machine, on a clock of the test. */
export function polling({
  target = {} as Partial<PollTarget>,
  options = {} as Partial<PollingFeedOptions>,
  log = new ScriptedLog(),
} = {}) {
  const all = feedContext();
  const link = new ScriptedLink(() => all.clock.now(), log);
  let opened = 0;
  const open = async (): Promise<ControllerLink> => {
    opened += 1;
    if (link.failure) throw link.failure;
    link.isClosed = false;
    return link;
  };
  const feed = new PollingFeed(
    { ...quiet, targets: [{ ...logTarget, open, ...target }], ...options },
    all.context,
  );
  /** Lets time go on, and what falls due come to its end. */
  const go = async (seconds: number): Promise<void> => {
    for (let left = seconds; left > 0; left--) {
      all.clock.advance(1000);
      await settled();
    }
  };
  const start = async (): Promise<void> => {
    await feed.start();
    all.clock.advance(0);
    await settled();
  };
  onTestFinished(() => feed.stop());
  return {
    ...all,
    ...{ feed, link, log, go, start, open },
    opened: () => opened,
    health: () => feed.health.polled?.[0] as PolledController,
    said: (msg: string) => all.events.filter((event) => event.msg === msg),
  };
}
