import type { Logon } from '../../src/fsso/collector/entry.ts';
import { userGroups } from '../../src/fsso/collector/groups/lookup.ts';

let arrivals = 0;

/** A logon of alice at 10.0.0.1, newer than every one before. */
export function collectorLogon(more: Partial<Logon> = {}): Logon {
  arrivals += 1;
  return {
    ip: '10.0.0.1',
    otherIp: null,
    ip6: null,
    user: 'alice',
    domain: 'CORP',
    workstation: 'PC1',
    logonTime: 1,
    terminal: null,
    groups: userGroups([]),
    groupsReported: false,
    feed: 'dc-agent',
    agent: '10.9.9.9',
    arrival: arrivals,
    ...more,
  };
}
