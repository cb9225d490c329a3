import { expect, test } from 'vitest';
import type { Entry, EntryChange } from '../../../src/fsso/collector/entry.ts';
import { groupFilter } from '../../../src/fsso/collector/filters.ts';
import { userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { Announcement } from '../../../src/fsso/collector/records.ts';

const entry: Entry = {
  key: '10.0.0.1|0',
  ip: '10.0.0.1',
  otherIp: null,
  ip6: null,
  session: 0,
  user: 'alice',
  domain: 'CORP',
  workstation: 'PC1',
  logonTime: 1,
  terminal: null,
  groups: userGroups(['CORP/Sales']),
  groupsReported: false,
  feed: 'dc-agent',
  agent: '10.9.9.9',
  arrival: 1,
  updatedAt: 0,
  verifiedAt: null,
  doubt: null,
  replaced: null,
};

test('those who are told the same share one frame, and others do not', () => {
  const change: EntryChange = { kind: 'logon', entry, previous: null };
  const announcement = new Announcement(change);
  const plain = announcement.frameFor(null);
  expect(announcement.frameFor(null)).toBe(plain);
  const filtered = announcement.frameFor(groupFilter(['corp/sales']));
  expect(filtered).not.toBe(plain);
  expect(announcement.frameFor(groupFilter(['CORP/SALES', 'CORP/IT']))).toBe(filtered);
  expect(filtered?.toString('latin1')).toContain('CORP/SALES');
  expect(announcement.frameFor(groupFilter(['CORP/IT']))).toBeNull();
});
