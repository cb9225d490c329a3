import { expect, test } from 'vitest';
import type { FeedLogon } from '../../../src/fsso/collector/feeds/feed.ts';
import { fits, IgnoreList, type IgnoreOptions } from '../../../src/fsso/collector/ignore-list.ts';
import { feedLogon } from '../../support/collector-logon.ts';

function list(options: Partial<IgnoreOptions> = {}) {
  const ignored = new IgnoreList({ users: [], machineAccounts: false, dcAgentAddresses: [], ...options });
  return (more: Partial<FeedLogon> = {}) => ignored.ignores(feedLogon(more));
}

test('without a list nobody is left out', () => {
  expect(list()()).toBeNull();
  expect(list()({ user: 'PC1$' })).toBeNull();
});

test('a user is left out by name in every domain, and with a domain only there, case not minded', () => {
  const ignores = list({ users: ['Backup', 'corp\\Scan'] });
  expect(ignores({ user: 'BACKUP', domain: 'OTHER' })).toBe('ignore-list');
  expect(ignores({ user: 'scan' })).toBe('ignore-list');
  expect(ignores({ user: 'scan', domain: 'OTHER' })).toBeNull();
  expect(ignores({ user: 'scanner' })).toBeNull();
});

test('wildcards stand for any text and any character', () => {
  const ignores = list({ users: ['svc_*', 'CORP\\adm-??', '*\\health*box'] });
  expect(ignores({ user: 'svc_sql' })).toBe('ignore-list');
  expect(ignores({ user: 'svc' })).toBeNull();
  expect(ignores({ user: 'adm-01' })).toBe('ignore-list');
  expect(ignores({ user: 'adm-001' })).toBeNull();
  expect(ignores({ user: 'adm-01', domain: 'OTHER' })).toBeNull();
  expect(ignores({ user: 'HealthMailbox' })).toBe('ignore-list');
});

test('the accounts of computers are left out where that is asked for', () => {
  const ignores = list({ machineAccounts: true });
  expect(ignores({ user: 'PC1$' })).toBe('machine-account');
  expect(ignores({ user: 'cash$desk' })).toBeNull();
});

test('DC agents are not believed at listed addresses, other feeds are', () => {
  const ignores = list({ dcAgentAddresses: ['10.0.0.1', '10.1.0.5-10.1.0.9', '10.2.0.0/24'] });
  for (const ip of ['10.0.0.1', '10.1.0.5', '10.1.0.9', '10.2.0.77'])
    expect(ignores({ ip }), ip).toBe('ignored-address');
  for (const ip of ['10.0.0.2', '10.1.0.4', '10.1.0.10', '10.3.0.1']) expect(ignores({ ip }), ip).toBeNull();
  expect(ignores({ feed: 'ts-agent' })).toBeNull();
  expect(ignores({ ip: null })).toBeNull();
});

test('an address that is none is refused in one line', () => {
  for (const wrong of ['pc1', '10.0.0.1/33', '10.0.0.9-10.0.0.1', '10.0.0.1-', '10.0.0.0/x'])
    expect(() => list({ dcAgentAddresses: [wrong] }), wrong).toThrow(wrong);
});

test('a pattern of many stars is answered against a long name, and an empty one only by stars', () => {
  expect(fits('a'.repeat(2000), `${'*a'.repeat(200)}b`)).toBe(false);
  expect(fits('abc', '*')).toBe(true);
  expect(fits('', '*')).toBe(true);
  expect(fits('', '?')).toBe(false);
  expect(fits('abXc', 'a*Xc')).toBe(true);
});
