import { expect, test } from 'vitest';
import { SeekChanges } from '../../../src/backends/recording/seek-changes.ts';
import { longestEventLog, type StoreChange } from '../../../src/state/changes.ts';
import { collector, logon } from '../../support/rows.ts';

const event = (text: string): StoreChange => ({
  table: 'events',
  op: 'append',
  row: { time: 1, level: 'info', source: 'corp', logId: null, text },
});
const removed: StoreChange = { table: 'logons', op: 'remove', id: 'corp|10.1.0.10|0' };

test('of each row only what was told last is handed on, and of the event log what it holds', () => {
  const changes = new SeekChanges();
  changes.add(event('before everything was cleared'));
  changes.add({ table: 'all', op: 'clear' });
  changes.add(logon(0));
  changes.add(collector({ logons: 1 }));
  changes.add(removed);
  changes.add(collector({ logons: 2 }));
  changes.add({ table: 'toasts', op: 'push', level: 'info', text: 'nobody reads it' });
  for (let each = 0; each < 3 * longestEventLog; each += 1) changes.add(event(String(each)));
  const [first, second, ...events] = changes.take();
  expect([first, second]).toEqual([removed, collector({ logons: 2 })]);
  expect(events).toHaveLength(longestEventLog);
  expect(events.at(-1)).toEqual(event(String(3 * longestEventLog - 1)));
  expect([...changes.take()]).toEqual([]);
});

test('what was not taken yet is there for whoever goes on', () => {
  const changes = new SeekChanges();
  for (let place = 0; place < 10; place += 1) changes.add(logon(place));
  let taken = 0;
  for (const _ of changes.take()) {
    taken += 1;
    if (taken === 3) break;
  }
  expect([...changes.take()]).toHaveLength(7);
});
