import { expect, test } from 'vitest';
import { EntryTable } from '../../../src/fsso/collector/entries.ts';
import { type Entry, type EntryChange, entryKey } from '../../../src/fsso/collector/entry.ts';
import { userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { collectorLogon } from '../../support/collector-logon.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const minute = 60_000;
function table(deadEntryTimeoutMs = 480 * minute, most = 1000) {
  const clock = new ManualClock();
  const changes: EntryChange[] = [];
  const entries = new EntryTable({ clock, deadEntryTimeoutMs, most }, (change) => changes.push(change));
  const at = (ip: string) => entries.get(entryKey(ip, 0)) as Entry;
  const told = () =>
    changes.splice(0).map((change) => {
      const { ip, session, user } = change.entry;
      const key = session === 0 ? ip : `${ip}|${session}`;
      if (change.kind === 'status') return `?${user}@${key} ${change.entry.doubt}`;
      return change.kind === 'logon' ? `+${user}@${key}` : `-${user}@${key} ${change.why}`;
    });
  return { clock, entries, changes, at, told };
}

test('a logon is entered and told', () => {
  const { entries, told } = table();
  expect(entries.put(collectorLogon())).toBeNull();
  expect(told()).toEqual(['+alice@10.0.0.1']);
  expect(entries.snapshot()).toMatchObject([{ ip: '10.0.0.1', session: 0, user: 'alice' }]);
});

test('a later logon at the same address takes the place of the earlier one, without a logoff', () => {
  const { entries, changes, told } = table();
  entries.put(collectorLogon());
  entries.put(collectorLogon({ user: 'bob' }));
  expect(changes[1]).toMatchObject({ kind: 'logon', previous: { user: 'alice' } });
  expect(told()).toEqual(['+alice@10.0.0.1', '+bob@10.0.0.1']);
  expect(entries.snapshot().map((entry) => entry.user)).toEqual(['bob']);
});

test('an entry that nothing reports ends at the dead entry timeout, and not before', () => {
  const { clock, entries, told } = table(480 * minute);
  entries.put(collectorLogon());
  told();
  clock.advance(480 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.1 dead-entry-timeout']);
  expect(entries.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

test('an entry that is reported again is kept for the whole timeout from then on', () => {
  const { clock, entries, told } = table(10 * minute);
  entries.put(collectorLogon());
  entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }));
  clock.advance(6 * minute);
  entries.put(collectorLogon());
  told();
  clock.advance(4 * minute);
  expect(told()).toEqual(['-bob@10.0.0.2 dead-entry-timeout']);
  clock.advance(6 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.1 dead-entry-timeout']);
});

test('with a timeout of 0 entries stay for ever, and no timer runs', () => {
  const { clock, entries } = table(0);
  entries.put(collectorLogon());
  expect(clock.waiting).toBe(0);
  clock.advance(100 * 24 * 60 * minute);
  expect(entries.size).toBe(1);
});

test('one timer is enough for many entries, and those that end together all end', () => {
  const { clock, entries, told } = table(minute, 10_000);
  for (let index = 0; index < 5000; index++)
    entries.put(collectorLogon({ ip: `10.1.${index >> 8}.${index & 255}`, user: `u${index}` }));
  expect(clock.waiting).toBe(1);
  told();
  clock.advance(minute);
  expect(told().length).toBeGreaterThan(0);
  clock.advance(1000);
  expect(entries.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

test('a logon with two addresses is an entry at each of them', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ otherIp: '10.0.1.1' }));
  expect(told()).toEqual(['+alice@10.0.0.1', '+alice@10.0.1.1']);
});

test('a second address that repeats the first makes one entry', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ otherIp: '10.0.0.1' }));
  expect(told()).toEqual(['+alice@10.0.0.1']);
});

test('when somebody else logs on at the workstation, its other address is taken from the earlier user too', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ otherIp: '10.0.1.1' }));
  told();
  entries.put(collectorLogon({ user: 'bob' }));
  expect(told()).toEqual(['+bob@10.0.0.1', '-alice@10.0.1.1 moved']);
});

test('when the same user is reported with one of two addresses, the other one is kept', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ otherIp: '10.0.1.1' }));
  told();
  entries.put(collectorLogon({ user: 'ALICE' }));
  expect(told()).toEqual(['+ALICE@10.0.0.1']);
  expect(entries.size).toBe(2);
});

test('when another workstation gets one of two addresses, the other one stays with the earlier user', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ otherIp: '10.0.1.1' }));
  told();
  entries.put(collectorLogon({ user: 'bob', workstation: 'PC2' }));
  expect(told()).toEqual(['+bob@10.0.0.1']);
  expect(entries.size).toBe(2);
});

const terminal = (session: number) => ({ session, portRanges: [[1224, 1423]] as const });

test('the sessions of a terminal server are entries of their own at one address', () => {
  const { entries, told } = table();
  entries.put(collectorLogon({ terminal: terminal(3) }));
  entries.put(collectorLogon({ user: 'bob', terminal: terminal(4) }));
  entries.put(collectorLogon({ user: 'carol', terminal: terminal(3) }));
  expect(told()).toEqual(['+alice@10.0.0.1|3', '+bob@10.0.0.1|4', '+carol@10.0.0.1|3']);
  expect(entries.size).toBe(2);
});

test('a terminal server ends the plain entry at its address', () => {
  const { entries, told } = table();
  entries.put(collectorLogon());
  told();
  entries.put(collectorLogon({ user: 'bob', terminal: terminal(4) }));
  expect(told()).toEqual(['-alice@10.0.0.1 terminal-server', '+bob@10.0.0.1|4']);
});

test('a plain logon at the address of a terminal server changes nothing until its last session ended', () => {
  const { clock, entries, told } = table(10 * minute);
  entries.put(collectorLogon({ terminal: terminal(3) }));
  clock.advance(minute);
  entries.put(collectorLogon({ terminal: terminal(4) }));
  expect(entries.put(collectorLogon({ user: 'dc' }))).toBe('terminal-server');
  clock.advance(9 * minute);
  expect(entries.put(collectorLogon({ user: 'dc' }))).toBe('terminal-server');
  clock.advance(minute);
  told();
  expect(entries.put(collectorLogon({ user: 'dc' }))).toBeNull();
  expect(told()).toEqual(['+dc@10.0.0.1']);
});

test('session 0 of a terminal server counts as one of its sessions', () => {
  const { clock, entries } = table(minute);
  entries.put(collectorLogon());
  entries.put(collectorLogon({ user: 'bob', terminal: terminal(0) }));
  entries.put(collectorLogon({ user: 'bob', terminal: terminal(0) }));
  expect(entries.snapshot().map((entry) => entry.user)).toEqual(['bob']);
  expect(entries.put(collectorLogon())).toBe('terminal-server');
  clock.advance(minute);
  expect(entries.put(collectorLogon())).toBeNull();
});

test('a logon whose name took long to resolve does not replace one that came after it', () => {
  const { entries, told } = table();
  const slow = collectorLogon();
  entries.put(collectorLogon({ user: 'bob' }));
  told();
  expect(entries.put(slow)).toBe('newer-logon');
  expect(told()).toEqual([]);
});

test('a full table takes no further address, but still renews what it has', () => {
  const { entries } = table(minute, 2);
  entries.put(collectorLogon());
  entries.put(collectorLogon({ ip: '10.0.0.2' }));
  expect(entries.put(collectorLogon({ ip: '10.0.0.3' }))).toBe('table-full');
  expect(entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }))).toBeNull();
});

test('a logon without a user, or with a name that no directory has, is not entered', () => {
  const { entries } = table();
  expect(entries.put(collectorLogon({ user: '' }))).toBe('empty-user');
  expect(entries.put(collectorLogon({ user: 'x'.repeat(513) }))).toBe('name-too-long');
  expect(entries.put(collectorLogon({ workstation: 'x'.repeat(513) }))).toBe('name-too-long');
  expect(entries.size).toBe(0);
});

test('a snapshot does not change with the table', () => {
  const { entries } = table();
  entries.put(collectorLogon());
  const before = entries.snapshot();
  entries.put(collectorLogon({ user: 'bob' }));
  expect(before.map((entry) => entry.user)).toEqual(['alice']);
});

test('an entry that its workstation verifies is kept for the whole timeout from then on', () => {
  const { clock, entries, at, told } = table(10 * minute);
  entries.put(collectorLogon());
  entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }));
  clock.advance(6 * minute);
  entries.verified(at('10.0.0.1'));
  told();
  clock.advance(4 * minute);
  expect(told()).toEqual(['-bob@10.0.0.2 dead-entry-timeout']);
  expect(entries.expiryOf(at('10.0.0.1'))).toBe(clock.now() + 6 * minute);
  clock.advance(6 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.1 dead-entry-timeout']);
});

test('a doubt is told once, does not renew the entry, and a verification or a report takes it back', () => {
  const { clock, entries, at, told } = table(10 * minute);
  entries.put(collectorLogon());
  told();
  clock.advance(5 * minute);
  entries.doubt(at('10.0.0.1'), 'workstation-unknown');
  entries.doubt(at('10.0.0.1'), 'workstation-unknown');
  expect(told()).toEqual(['?alice@10.0.0.1 workstation-unknown']);
  entries.verified(at('10.0.0.1'));
  entries.verified(at('10.0.0.1'));
  expect(told()).toEqual(['?alice@10.0.0.1 null']);
  entries.doubt(at('10.0.0.1'), 'workstation-unknown');
  entries.put(collectorLogon());
  expect(at('10.0.0.1')).toMatchObject({ doubt: null, verifiedAt: clock.now() });
  entries.doubt(at('10.0.0.1'), 'workstation-unknown');
  told();
  clock.advance(10 * minute);
  expect(told()).toEqual(['-alice@10.0.0.1 dead-entry-timeout']);
});

test('what is said of a logon that is no longer there changes nothing', () => {
  const { entries, at, told } = table();
  entries.put(collectorLogon());
  const stale = at('10.0.0.1');
  entries.put(collectorLogon({ user: 'bob' }));
  told();
  entries.end(stale, 'not-logged-on');
  entries.doubt(stale, 'workstation-unknown');
  entries.verified(stale);
  entries.move(stale, '10.0.0.9', null);
  entries.regroup(stale, userGroups(['CORP/SALES']));
  expect(told()).toEqual([]);
  expect(at('10.0.0.1')).toMatchObject({ user: 'bob', doubt: null, verifiedAt: null });
});

test('an entry that moves is a logoff and then a logon, and its timeout goes on', () => {
  const { clock, entries, told } = table(10 * minute);
  entries.put(collectorLogon());
  clock.advance(minute);
  entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }));
  clock.advance(minute);
  told();
  entries.move(entries.snapshot()[0] as Entry, '10.0.0.7', '10.0.0.8');
  expect(told()).toEqual(['-alice@10.0.0.1 address-changed', '+alice@10.0.0.7', '+alice@10.0.0.8']);
  clock.advance(8 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.7 dead-entry-timeout', '-alice@10.0.0.8 dead-entry-timeout']);
  clock.advance(minute);
  expect(told()).toEqual(['-bob@10.0.0.2 dead-entry-timeout']);
  expect(clock.waiting).toBe(0);
});

test('an entry that moved and was reported again lives on', () => {
  const { clock, entries, at, told } = table(10 * minute);
  entries.put(collectorLogon());
  clock.advance(5 * minute);
  entries.move(at('10.0.0.1'), '10.0.0.7', null);
  entries.put(collectorLogon({ ip: '10.0.0.7' }));
  told();
  clock.advance(10 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.7 dead-entry-timeout']);
});

test('an entry does not move onto somebody who logged on later, and ends all the same', () => {
  const { entries, at, told } = table();
  entries.put(collectorLogon());
  entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }));
  told();
  entries.move(at('10.0.0.1'), '10.0.0.2', null);
  expect(told()).toEqual(['-alice@10.0.0.1 address-changed']);
  expect(at('10.0.0.2').user).toBe('bob');
});

test('an entry that moves takes the place of somebody who logged on earlier, and remembers whose it was', () => {
  const { entries, at, told } = table();
  entries.put(collectorLogon({ ip: '10.0.0.2', user: 'bob' }));
  entries.put(collectorLogon());
  told();
  entries.move(at('10.0.0.1'), '10.0.0.2', null);
  expect(told()).toEqual(['-alice@10.0.0.1 address-changed', '+alice@10.0.0.2']);
  expect(at('10.0.0.2')).toMatchObject({ replaced: 'CORP\\bob' });
  entries.put(collectorLogon({ ip: '10.0.0.2' }));
  expect(at('10.0.0.2')).toMatchObject({ replaced: 'CORP\\bob' });
});

test('other groups are told as a logon, the same ones are not', () => {
  const { entries, changes, at } = table();
  entries.put(collectorLogon());
  entries.regroup(at('10.0.0.1'), userGroups([]));
  expect(changes).toHaveLength(1);
  entries.regroup(at('10.0.0.1'), userGroups(['CORP/SALES']));
  expect(changes[1]).toMatchObject({ kind: 'logon', previous: { groups: { text: '' } } });
  expect(at('10.0.0.1').groups.text).toBe('CORP/SALES');
});

test('an entry that moved and was verified lives on', () => {
  const { clock, entries, at, told } = table(10 * minute);
  entries.put(collectorLogon());
  clock.advance(5 * minute);
  entries.move(at('10.0.0.1'), '10.0.0.7', null);
  entries.verified(at('10.0.0.7'));
  told();
  clock.advance(10 * minute - 1);
  expect(told()).toEqual([]);
  clock.advance(1);
  expect(told()).toEqual(['-alice@10.0.0.7 dead-entry-timeout']);
});
