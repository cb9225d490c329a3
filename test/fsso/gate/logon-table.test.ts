import { expect, test } from 'vitest';
import { addressReuseMs, mostText } from '../../../src/fsso/gate/limits.ts';
import { type Logon, LogonTable, type Removal } from '../../../src/fsso/gate/logon-table.ts';
import { isReused, type Predecessor } from '../../../src/fsso/gate/predecessors.ts';
import { logon } from '../../support/fake-network.ts';

const server = '10.0.0.11:8000';
const other = '10.0.0.12:8000';

function users(table: LogonTable): string[] {
  return [...table.values()].map((logon) => logon.record.user).sort();
}

function found<T>(walk: Iterable<T | null>): T[] {
  return [...walk].filter((each) => each !== null);
}

function removed(walk: Iterable<Removal | null>): Logon[] {
  return found(walk).map((removal) => removal.logon);
}

test('a newer logon at the same address replaces the older user', () => {
  const table = new LogonTable('corp');
  expect(table.put(logon({ user: 'ANNA' }), server, 1).outcome).toBe('new');
  const second = table.put(logon({ user: 'BOB' }), server, 2);
  expect(second.outcome).toBe('replaced');
  expect(second.previous?.record.user).toBe('ANNA');
  expect(users(table)).toEqual(['BOB']);
});

test('sessions of one terminal server stand beside each other', () => {
  const table = new LogonTable('corp');
  table.put(logon({ user: 'ANNA', session: 1 }), server, 1);
  table.put(logon({ user: 'BOB', session: 2 }), server, 1);
  table.put(logon({ user: 'HOST' }), server, 1);
  expect(users(table)).toEqual(['ANNA', 'BOB', 'HOST']);
  expect(table.logoff(logon({ user: 'BOB', session: 2, loggedOn: false }), 2)?.logon.record.user).toBe('BOB');
  expect(users(table)).toEqual(['ANNA', 'HOST']);
});

test('the same user again keeps the time of the first report, and nothing at all changes when all is equal', () => {
  const table = new LogonTable('corp');
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
  const table = new LogonTable('corp');
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
  const table = new LogonTable('corp');
  table.put(logon(), server, 1);
  expect(table.logoff(logon({ ...given, loggedOn: false }), 2) !== null).toBe(ends);
  expect(table.size).toBe(ends ? 0 : 1);
});

test('a complete list ends those of its collector that it did not name, and no others', () => {
  const table = new LogonTable('corp');
  table.put(logon({ ip: '10.0.0.1', user: 'STAYS' }), server, 1);
  table.put(logon({ ip: '10.0.0.2', user: 'GOES' }), server, 1);
  table.put(logon({ ip: '10.0.0.3', user: 'ELSEWHERE' }), other, 1);
  table.beginList();
  table.put(logon({ ip: '10.0.0.1', user: 'STAYS' }), server, 2);
  table.put(logon({ ip: '10.0.0.4', user: 'COMES' }), server, 2);
  expect(removed(table.endList(server)).map((logon) => logon.record.user)).toEqual(['GOES']);
  expect(users(table)).toEqual(['COMES', 'ELSEWHERE', 'STAYS']);
  expect([table.count(server), table.count(other)]).toEqual([2, 1]);
});

test('entries of a lost link are stale until they are named again or their time is over', () => {
  const table = new LogonTable('corp');
  table.put(logon({ ip: '10.0.0.1' }), server, 1);
  table.put(logon({ ip: '10.0.0.2' }), server, 1);
  table.put(logon({ ip: '10.0.0.3' }), other, 1);
  expect(table.live(server)).toBe(2);
  expect(found(table.markStale(server, 1000))).toHaveLength(2);
  expect(table.live(server)).toBe(0);
  expect(found(table.markStale(server, 2000))).toHaveLength(0);
  expect(table.nextExpiry()).toBe(1000);
  expect(table.put(logon({ ip: '10.0.0.1' }), other, 500).outcome).toBe('updated');
  expect(table.get('10.0.0.1', 0)).toMatchObject({ stale: false, expiresAt: null, server: other });
  expect(removed(table.expire(999))).toEqual([]);
  expect(removed(table.expire(1000)).map((logon) => logon.record.ip)).toEqual(['10.0.0.2']);
  expect(table.nextExpiry()).toBeNull();
  expect([table.count(server), table.count(other), table.size]).toEqual([0, 2, 2]);
});

test('clearing gives what was there', () => {
  const table = new LogonTable('corp');
  table.put(logon(), server, 1);
  expect(removed(table.clear())).toHaveLength(1);
  expect([table.size, table.count(server)]).toEqual([0, 0]);
});

test('who comes while a list is swept, cleared or lost stays', () => {
  const table = new LogonTable('corp');
  for (let each = 0; each < 10; each += 1) table.put(logon({ ip: `10.0.0.${each}` }), server, 1);
  const walks = [
    () => table.clear(),
    () => table.markStale(server, 1000),
    () => {
      table.beginList();
      return table.endList(server);
    },
  ];
  for (const [place, walk] of walks.entries()) {
    const steps = walk();
    steps.next();
    table.put(logon({ ip: '10.0.0.9', user: `NEW${place}` }), server, 2);
    table.put(logon({ ip: `10.0.1.${place}` }), server, 2);
    for (const _ of steps);
    expect(table.get('10.0.0.9', 0)).toMatchObject({ stale: false, record: { user: `NEW${place}` } });
    expect(table.get(`10.0.1.${place}`, 0)?.stale).toBe(false);
  }
});

test('who had an address before is kept with the logon, and for how long it counts as reuse is a limit', () => {
  const table = new LogonTable('corp');
  table.put(logon({ user: 'ANNA' }), other, 1_000);
  const bob = table.put(logon({ user: 'BOB' }), server, 2_000).logon;
  expect(bob.before).toMatchObject({ user: 'ANNA', server: other, receivedAt: 1_000, how: 'overwritten' });
  expect(isReused(bob.before as Predecessor, bob.receivedAt)).toBe(true);
  expect(table.put(logon({ user: 'bob', groups: 'X' }), server, 3_000).logon.before?.user).toBe('ANNA');
  const late = table.put(logon({ user: 'EVE' }), server, 2_000 + addressReuseMs + 1).logon;
  expect(isReused(late.before as Predecessor, late.receivedAt)).toBe(false);
});

test('who logged off is remembered for as long as it counts as reuse, and the same user is no reuse', () => {
  const table = new LogonTable('corp');
  const come = (user: string, at: number) => table.put(logon({ user }), server, at).logon.before?.user;
  const go = (at: number) => table.logoff(logon({ user: '' }), at);
  come('ANNA', 0);
  go(1_000);
  expect(come('ANNA', 2_000)).toBeUndefined();
  go(3_000);
  expect(come('BOB', 3_000 + addressReuseMs)).toBe('ANNA');
  go(0);
  expect(come('EVE', 1 + addressReuseMs)).toBeUndefined();
});

test('sessions of one terminal server whose ports overlap are marked on both sides, until one of them goes', () => {
  const table = new LogonTable('corp');
  const session = (number: number, first: number, last: number, ip = '10.0.0.60') =>
    table.put(logon({ ip, session: number, portRanges: [[first, last]] }), server, 1);
  session(1, 1224, 1423);
  expect(session(2, 1424, 1623).others).toEqual([]);
  expect(session(9, 1224, 1423, '10.0.0.61').others).toEqual([]);
  const third = session(3, 1423, 1424);
  expect(third.logon.overlaps).toEqual([1, 2]);
  expect(third.others.map((each) => [each.record.session, each.overlaps])).toEqual([
    [1, [3]],
    [2, [3]],
  ]);
  const moved = session(3, 1400, 1410);
  expect(moved.logon.overlaps).toEqual([1]);
  expect(moved.others.map((each) => [each.record.session, each.overlaps])).toEqual([[2, []]]);
  const gone = table.logoff(logon({ ip: '10.0.0.60', session: 3, user: '' }), 2);
  expect(gone?.others.map((each) => [each.record.session, each.overlaps])).toEqual([[1, []]]);
  expect(table.get('10.0.0.60', 1)?.overlaps).toEqual([]);
});

test('a full table refuses who is new, keeps taking changes, and shows nobody in the place of another', () => {
  const table = new LogonTable('corp', 2);
  table.put(logon({ ip: '10.0.0.1' }), server, 1);
  table.put(logon({ ip: '10.0.0.2' }), server, 1);
  expect(table.put(logon({ ip: '10.0.0.3' }), server, 1).outcome).toBe('refused');
  expect([table.size, table.refused]).toEqual([2, 1]);
  expect(table.put(logon({ ip: '10.0.0.2', user: 'BOB' }), server, 1).outcome).toBe('replaced');
  table.logoff(logon({ ip: '10.0.0.1' }), 2);
  expect(table.put(logon({ ip: '10.0.0.3' }), server, 1).outcome).toBe('new');
});

test('very long texts are bounded together, and a user who does not fit does not leave the one before in place', () => {
  const table = new LogonTable('corp');
  const huge = 'x'.repeat(mostText / 2 - 100);
  table.put(logon({ ip: '10.0.0.1', groups: huge }), server, 1);
  table.put(logon({ ip: '10.0.0.2', groups: huge }), server, 1);
  table.put(logon({ ip: '10.0.0.3', user: 'ANNA' }), server, 1);
  const refused = table.put(logon({ ip: '10.0.0.3', user: 'BOB', groups: huge }), server, 1);
  expect(refused).toMatchObject({ outcome: 'refused', previous: { record: { user: 'ANNA' } } });
  expect(table.get('10.0.0.3', 0)).toBeUndefined();
  table.logoff(logon({ ip: '10.0.0.1' }), 2);
  expect(table.put(logon({ ip: '10.0.0.3', user: 'BOB', groups: huge }), server, 1).outcome).toBe('new');
});

test('a large table takes events without walking through itself', () => {
  const table = new LogonTable('corp');
  const count = 300_000;
  for (let index = 0; index < count; index++) table.put(logon({ ip: `ip${index}` }), server, 1);
  // A walk for each of these would be 30 billion steps, far beyond the limit of the test.
  for (let index = 0; index < 100_000; index++) {
    table.put(logon({ ip: `ip${index}`, user: 'OTHER' }), server, 2);
    table.logoff(logon({ ip: `ip${index}`, user: 'OTHER' }), 3);
  }
  expect(table.size).toBe(count - 100_000);
});
