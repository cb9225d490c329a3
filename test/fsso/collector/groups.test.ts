import { expect, test } from 'vitest';
import { Audience } from '../../../src/fsso/collector/audience.ts';
import { groupFilter, sameFilter } from '../../../src/fsso/collector/filters.ts';
import { userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { StaticGroups } from '../../../src/fsso/collector/groups/static.ts';
import { splitGroups } from '../../../src/fsso/wire/groups.ts';

const groups = new StaticGroups({
  'CORP\\alice': ['CORP/Sales', 'corp/domain users'],
  'corp\\ALICE': ['CORP/VPN'],
  '*': ['CORP/DOMAIN USERS'],
});

test('a user has the groups of its own key, case not minded, and those of everybody', () => {
  expect(groups.of('Corp', 'Alice').names).toEqual(['CORP/Sales', 'corp/domain users', 'CORP/VPN']);
  expect(groups.of('CORP', 'bob').names).toEqual(['CORP/DOMAIN USERS']);
});

test('another domain is another user', () => {
  expect(groups.of('LAB', 'alice').names).toEqual(['CORP/DOMAIN USERS']);
});

test('users without groups of their own share one list', () => {
  expect(groups.of('CORP', 'bob')).toBe(groups.of('CORP', 'carol'));
});

test('a key without a domain is reported as useless', () => {
  expect(new StaticGroups({ alice: ['A/B'], 'CORP\\bob': [], '*': [] }).useless).toEqual(['alice']);
});

test('the group text joins with plus signs, in capitals where a filter matched', () => {
  const { text, matchedText } = groups.of('CORP', 'alice');
  expect(text).toBe('CORP/Sales+corp/domain users+CORP/VPN');
  expect(matchedText).toBe('CORP/SALES+CORP/DOMAIN USERS+CORP/VPN');
});

test('a plus in the name of a group does not split it', () => {
  expect(splitGroups(userGroups(['CORP/C++', 'CORP/B']).text)).toHaveLength(2);
});

test('a filter compares without case', () => {
  const filter = groupFilter(['corp/sales']);
  expect(filter?.matches(groups.of('CORP', 'alice'))).toBe(true);
  expect(filter?.matches(groups.of('CORP', 'bob'))).toBe(false);
});

test('a FortiGate takes its own filter, else the default one, else everything', () => {
  const filters = new Audience({
    fortigates: null,
    filters: { 'FG1-root': ['CORP/VPN'], default: ['CORP/DOMAIN USERS'] },
  });
  const bob = groups.of('CORP', 'bob');
  expect(filters.filterOf('fg1-ROOT')?.matches(bob)).toBe(false);
  expect(filters.filterOf('FG2-root')?.matches(bob)).toBe(true);
  const bySerial = new Audience({
    fortigates: null,
    filters: { FG1: ['CORP/VPN'], default: ['CORP/DOMAIN USERS'] },
  });
  expect(bySerial.filterOf('FG1-guest-lan')?.matches(bob)).toBe(false);
  expect(bySerial.filterOf('FG11-root')?.matches(bob)).toBe(true);
  expect(new Audience({ fortigates: null, filters: {} }).filterOf('FG1-root')).toBeNull();
});

test('an empty list frees one FortiGate of the default filter', () => {
  const filters = new Audience({ fortigates: null, filters: { 'FG1-root': [], default: ['CORP/VPN'] } });
  expect(filters.filterOf('FG1-root')).toBeNull();
});

test('filters are the same when they hold the same groups in any order and case', () => {
  expect(sameFilter(groupFilter(['A/B', 'a/c']), groupFilter(['A/C', 'a/b']))).toBe(true);
  expect(sameFilter(groupFilter(['A/B']), groupFilter(['A/B', 'A/C']))).toBe(false);
  expect(sameFilter(groupFilter(['A/B', 'A/C']), groupFilter(['A/B']))).toBe(false);
  expect(sameFilter(null, groupFilter(['A/B']))).toBe(false);
  expect(sameFilter(groupFilter([]), null)).toBe(true);
});

test('equal lists are one object, whoever made them, as long as the same says so', () => {
  const list = () => [`CORP/${'Equal'}`, 'CORP/Other'];
  expect(userGroups(list(), 'directory')).toBe(userGroups(list(), 'directory'));
  expect(userGroups(list(), 'feed')).not.toBe(userGroups(list(), 'directory'));
  expect(userGroups(list().reverse(), 'directory')).not.toBe(userGroups(list(), 'directory'));
});

test('names that give the same text, one with its plus escaped, stay two lists', () => {
  const plain = userGroups(['CORP/a+b'], 'directory');
  const escaped = userGroups(['CORP/a\\+b'], 'directory');
  expect(plain.text).toBe(escaped.text);
  expect(escaped.names).toEqual(['CORP/a\\+b']);
  expect(plain.names).toEqual(['CORP/a+b']);
});

const dn = 'CN=Miller\\, Anna,OU=Sales+L=Bonn,OU=Site A,DC=corp,DC=example';
const anna = userGroups(['CN=Staff,OU=Groups,DC=corp,DC=example'], 'directory', dn);

test('a filter with directory names lets users of its groups through, however their names are written', () => {
  for (const name of [
    'cn=staff, ou=Groups, dc=CORP,dc=example',
    'CN=St\\61ff,OU=Groups,DC=corp,DC=example',
  ]) {
    const filter = groupFilter([name]);
    expect(filter?.matches(anna)).toBe(true);
    expect(filter?.textOf(anna)).toBe('CN=STAFF,OU=GROUPS,DC=CORP,DC=EXAMPLE');
  }
});

test('a filter that names a user, or a unit that the user is in, lets the user through and tells so', () => {
  const names: Record<string, boolean> = {
    'CN=Miller\\2C Anna,L=Bonn+OU=Sales,OU=Site A,DC=corp,DC=example': true,
    'OU=Sales+L=Bonn,OU=Site A,DC=corp,DC=example': true,
    'ou=site a,dc=corp,dc=example': true,
    'DC=corp,DC=example': true,
    'OU=Site,DC=corp,DC=example': false,
    'OU=A,DC=corp,DC=example': false,
    'CN=Miller,OU=Site A,DC=corp,DC=example': false,
    'OU=Site A,DC=example': false,
    'CORP/Site A': false,
  };
  for (const [name, isIn] of Object.entries(names)) {
    const filter = groupFilter([name]);
    expect(filter?.matches(anna), name).toBe(isIn);
    expect(filter?.textOf(anna)).toBe(
      isIn ? `${anna.matchedText}+${name.toUpperCase().replace(/(?<!\\\\)\+/g, '\\+')}` : anna.matchedText,
    );
    if (isIn) expect(splitGroups(filter?.textOf(anna) ?? '')).toHaveLength(2);
  }
  expect(groupFilter(['DC=corp,DC=example'])?.matches(userGroups([], 'directory'))).toBe(false);
});

test('users of one list who are in different places share all but their names', () => {
  const other = userGroups([...anna.names], 'directory', 'CN=Other,DC=corp,DC=example');
  expect(other.names).toBe(anna.names);
  expect(other.keys).toBe(anna.keys);
  expect(other).not.toBe(anna);
});
