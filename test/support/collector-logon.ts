import type { Logon } from '../../src/fsso/collector/entry.ts';
import type { FeedLogon } from '../../src/fsso/collector/feeds/feed.ts';
import { userGroups } from '../../src/fsso/collector/groups/lookup.ts';

let arrivals = 0;

/** A DC agent's report of alice at 10.0.0.1. */
export function feedLogon(more: Partial<FeedLogon> = {}): FeedLogon {
  return {
    ip: '10.0.0.1',
    otherIp: null,
    ip6: null,
    user: 'alice',
    domain: 'CORP',
    workstation: 'PC1',
    logonTime: 1,
    terminal: null,
    groups: null,
    feed: 'dc-agent',
    agent: '10.9.9.9',
    ...more,
  };
}

/** The logon that it becomes, newer than every one before. */
export function collectorLogon(more: Partial<Logon> = {}): Logon {
  arrivals += 1;
  const found = { ip: '10.0.0.1', groups: userGroups([]), groupsReported: false, arrival: arrivals };
  return { ...feedLogon(), ...found, ...more };
}
