import { expect, test } from 'vitest';
import { LogonTable } from '../../../src/fsso/gate/logon-table.ts';
import { logon } from '../../support/fake-network.ts';

const server = '10.0.0.11:8000';
const other = '10.0.0.12:8000';

function users(table: LogonTable): string[] {
  return [...table.values()].map((logon) => logon.record.user).sort();
}

test('a newer logon at the same address replaces the older user', () => {
  const table = new LogonTable();
  expect(table.put(logon({ user: 'ANNA' }), server, 1).outcome).toBe('new');
  const second = table.put(logon({ user: 'BOB' }), server, 2);
  expect(second.outcome).toBe('replaced');
  expect(second.previous?.record.user).toBe('ANNA');
  expect(users(table)).toEqual(['BOB']);
});

test('sessions of one terminal server stand beside each other', () => {
  const table = new LogonTable();
  table.put(logon({ user: 'ANNA', session: 1 }), server, 1);
  table.put(logon({ user: 'BOB', session: 2 }), server, 1);
  table.put(logon({ user: 'HOST' }), server, 1);
  expect(users(table)).toEqual(['ANNA', 'BOB', 'HOST']);
  expect(table.logoff(logon({ user: 'BOB', session: 2, loggedOn: false }))?.record.user).toBe('BOB');
  expect(users(table)).toEqual(['ANNA', 'HOST']);
});

test('the same user again keeps the time of the first report, and nothing at all changes when all is equal', () => {
  const table = new LogonTable();
  table.put(logon(), server, 1);
  expect(table.put(logon(), server, 2).outcome).toBe('repeated');
  const moved = table.put(logon({ workstation: 'PC-2', user: 'user1' }), server, 3);
  expect(moved.outcome).toBe('updated');
  expect(moved.logon.receivedAt).toBe(1);
});

test.each([
  ['port ranges', { portRanges: [[1, 2]] as [number, number][] }],
  ['groups', { groups: 'CORP/IT' }],
  ['logon time', { logonTime: 5 }],
])('other %s are a change', (_, given) => {
  const table = new LogonTable();
  table.put(logon(), server, 1);
  expect(table.put(logon(given), server, 2).outcome).toBe('updated');
});

test.each([
  ['the same user in other letters', { user: 'user1' }, true],
  ['no user', { user: '' }, true],
  ['another user', { user: 'BOB' }, false],
  ['another session', { session: 7 }, false],
  ['another address', { ip: '10.0.0.2' }, false],
])('a logoff with %s', (_, given, ends) => {
  const table = new LogonTable();
  table.put(logon(), server, 1);
  expect(table.logoff(logon({ ...given, loggedOn: false })) !== null).toBe(ends);
  expect(table.size).toBe(ends ? 0 : 1);
});

test('a complete list ends those of its collector that it did not name, and no others', () => {
  const table = new LogonTable();
  table.put(logon({ ip: '10.0.0.1', user: 'STAYS' }), server, 1);
  table.put(logon({ ip: '10.0.0.2', user: 'GOES' }), server, 1);
  table.put(logon({ ip: '10.0.0.3', user: 'ELSEWHERE' }), other, 1);
  table.beginList();
  table.put(logon({ ip: '10.0.0.1', user: 'STAYS' }), server, 2);
  table.put(logon({ ip: '10.0.0.4', user: 'COMES' }), server, 2);
  expect(table.endList(server).map((logon) => logon.record.user)).toEqual(['GOES']);
  expect(users(table)).toEqual(['COMES', 'ELSEWHERE', 'STAYS']);
  expect([table.count(server), table.count(other)]).toEqual([2, 1]);
});

test('entries of a lost link are stale until they are named again or their time is over', () => {
  const table = new LogonTable();
  table.put(logon({ ip: '10.0.0.1' }), server, 1);
  table.put(logon({ ip: '10.0.0.2' }), server, 1);
  table.put(logon({ ip: '10.0.0.3' }), other, 1);
  expect(table.markStale(server, 1000)).toHaveLength(2);
  expect(table.markStale(server, 2000)).toHaveLength(0);
  expect(table.nextExpiry()).toBe(1000);
  expect(table.put(logon({ ip: '10.0.0.1' }), other, 500).outcome).toBe('updated');
  expect(table.get('10.0.0.1', 0)).toMatchObject({ stale: false, expiresAt: null, server: other });
  expect(table.expire(999)).toEqual([]);
  expect(table.expire(1000).map((logon) => logon.record.ip)).toEqual(['10.0.0.2']);
  expect(table.nextExpiry()).toBeNull();
  expect([table.count(server), table.count(other), table.size]).toEqual([0, 2, 2]);
});

test('clearing gives what was there', () => {
  const table = new LogonTable();
  table.put(logon(), server, 1);
  expect(table.clear()).toHaveLength(1);
  expect([table.size, table.count(server)]).toEqual([0, 0]);
});

test('a large table takes events without walking through itself', () => {
  const table = new LogonTable();
  const count = 300_000;
  for (let index = 0; index < count; index++) table.put(logon({ ip: `ip${index}` }), server, 1);
  // A walk for each of these would be 30 billion steps, far beyond the limit of the test.
  for (let index = 0; index < 100_000; index++) {
    table.put(logon({ ip: `ip${index}`, user: 'OTHER' }), server, 2);
    table.logoff(logon({ ip: `ip${index}`, user: 'OTHER' }));
  }
  expect(table.size).toBe(count - 100_000);
});
