import { expect, test } from 'vitest';
import type { Entry } from '../../../src/fsso/collector/entry.ts';
import type { EventBatch } from '../../../src/fsso/collector/event-batch.ts';
import { FilterClasses } from '../../../src/fsso/collector/filter-classes.ts';
import { groupFilter } from '../../../src/fsso/collector/filters.ts';
import { userGroups } from '../../../src/fsso/collector/groups/lookup.ts';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';

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
const bob: Entry = { ...entry, user: 'bob', groups: userGroups(['CORP/IT']) };

/** Who keeps what it is given. */
class Listener {
  readonly batches: EventBatch[] = [];

  take(batch: EventBatch): void {
    this.batches.push(batch);
  }

  /** `user+` for a logon and `user-` for a logoff. */
  get heard(): string[] {
    return this.batches.flatMap((batch) =>
      [...new MessageDecoder('collector').push(batch.numbered(1))].flatMap((message) =>
        message.kind === 'event' ? [`${message.record.user}${message.record.loggedOn ? '+' : '-'}`] : [],
      ),
    );
  }
}

test('those whose filters let the same through share one batch, and others do not', () => {
  const classes = new FilterClasses();
  const [all, everything, sales, alsoSales, it] = Array.from({ length: 5 }, () => new Listener()) as [
    Listener,
    Listener,
    Listener,
    Listener,
    Listener,
  ];
  classes.put(all, null);
  classes.put(everything, null);
  classes.put(sales, groupFilter(['corp/sales']));
  classes.put(alsoSales, groupFilter(['CORP/SALES']));
  classes.put(it, groupFilter(['CORP/IT']));
  classes.apply({ kind: 'logon', entry, previous: null });
  classes.apply({ kind: 'logon', entry: bob, previous: entry });
  classes.flush();
  expect(everything.batches).toHaveLength(1);
  expect(everything.batches[0]).toBe(all.batches[0]);
  expect(alsoSales.batches[0]).toBe(sales.batches[0]);
  expect(all.heard).toEqual(['alice+', 'bob+']);
  expect(sales.heard).toEqual(['alice+', 'alice-']);
  expect(it.heard).toEqual(['bob+']);
  expect(sales.batches[0]?.numbered(1).toString('latin1')).toContain('CORP/SALES');
});

test('who comes is told only of what happens from then on, who goes of all before, who is forgotten of nothing', () => {
  const classes = new FilterClasses();
  const [first, late, gone] = [new Listener(), new Listener(), new Listener()];
  classes.put(first, null);
  classes.put(gone, null);
  classes.apply({ kind: 'logon', entry, previous: null });
  classes.put(late, null);
  expect(first.heard).toEqual(['alice+']);
  classes.apply({ kind: 'logoff', entry, why: 'reported' });
  classes.remove(first);
  expect(first.heard).toEqual(['alice+', 'alice-']);
  classes.apply({ kind: 'logon', entry: bob, previous: null });
  classes.forget(gone);
  classes.flush();
  expect(first.heard).toEqual(['alice+', 'alice-']);
  expect(gone.heard).toEqual(['alice+', 'alice-']);
  expect(late.heard).toEqual(['alice-', 'bob+']);
});

test('another filter holds at once for groups that were matched before', () => {
  const classes = new FilterClasses();
  const listener = new Listener();
  classes.put(listener, groupFilter(['CORP/SALES']));
  classes.apply({ kind: 'logon', entry, previous: null });
  classes.put(listener, groupFilter(['CORP/IT']));
  classes.apply({ kind: 'logon', entry, previous: null });
  classes.apply({ kind: 'logon', entry: bob, previous: null });
  classes.flush();
  expect(listener.heard).toEqual(['alice+', 'bob+']);
});

test('who leaves while it is given a batch takes nobody else with it', () => {
  const classes = new FilterClasses();
  const other = new Listener();
  classes.put({ take: () => classes.forget(leaving) }, groupFilter(['CORP/IT']));
  const leaving: Listener = new Listener();
  leaving.take = function take(batch) {
    this.batches.push(batch);
    classes.forget(this);
  };
  classes.put(leaving, null);
  classes.put(other, null);
  classes.apply({ kind: 'logon', entry, previous: null });
  classes.flush();
  classes.apply({ kind: 'logon', entry: bob, previous: entry });
  classes.flush();
  expect(leaving.heard).toEqual(['alice+']);
  expect(other.heard).toEqual(['alice+', 'bob+']);
});

test('one change is handed on by itself, within a few turns of the event loop', async () => {
  const classes = new FilterClasses();
  const listener = new Listener();
  classes.put(listener, null);
  classes.apply({ kind: 'logon', entry, previous: null });
  expect(listener.batches).toHaveLength(0);
  for (let turns = 0; turns < 3; turns += 1) await new Promise((done) => setImmediate(done));
  expect(listener.heard).toEqual(['alice+']);
});

test('changes that never stop coming are handed on all the same', async () => {
  const classes = new FilterClasses();
  const listener = new Listener();
  classes.put(listener, null);
  for (let turns = 0; turns < 64; turns += 1) {
    classes.apply({ kind: 'logon', entry, previous: null });
    await new Promise((done) => setImmediate(done));
  }
  expect(listener.batches.length).toBeGreaterThanOrEqual(4);
  expect(listener.batches.length).toBeLessThanOrEqual(16);
});
