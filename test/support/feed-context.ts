import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import type { FeedContext, FeedLogoff, FeedLogon } from '../../src/fsso/collector/feeds/feed.ts';
import { ManualClock } from './manual-clock.ts';

/** What a feed is given, and what it reported, in the order in which it did. */
export function feedContext() {
  const clock = new ManualClock();
  const events: CollectorEvent[] = [];
  const logons: FeedLogon[] = [];
  const logoffs: FeedLogoff[] = [];
  /** `+user@ip` and `-user@ip`. */
  const order: string[] = [];
  const context: FeedContext = {
    clock,
    report: (event) => events.push(event),
    sink: {
      logon: (logon) => {
        logons.push(logon);
        order.push(`+${logon.user}@${logon.ip}`);
      },
      logoff: (logoff) => {
        logoffs.push(logoff);
        order.push(`-${logoff.user}@${logoff.ip}`);
      },
    },
  };
  return { clock, context, events, logons, logoffs, order };
}
