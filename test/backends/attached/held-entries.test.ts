import { expect, test } from 'vitest';
import { HeldEntries } from '../../../src/backends/attached/held-entries.ts';
import type { EntryRow, StoreChange } from '../../../src/state/changes.ts';
import { entryRow } from '../../support/component-rows.ts';
import { HurriedClock } from '../../support/hurried-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What the stores have of them. With a clock that hurries, each slice is over at its second look at the time. */
function held(clock = new ManualClock()) {
  const rows = new Map<string, EntryRow>();
  const entries = new HeldEntries(clock, (change: StoreChange) => {
    if (change.table !== 'entries') return;
    if (change.op === 'put') rows.set(change.row.id, change.row);
    else rows.delete(change.id);
  });
  const finish = () => {
    for (let timers = 0; clock.waiting > 0 && timers < 1_000; timers += 1) clock.advance(1);
  };
  return { clock, entries, rows, finish };
}

const row = (index: number, user = 'anna') =>
  entryRow({ ip: `10.0.${Math.floor(index / 250)}.${index % 250}`, user });

test('entries of the beginning are handed on in portions as large as what was handed on before', () => {
  const { entries, rows } = held();
  const sizes = new Set<number>();
  for (let index = 0; index < 10_000; index += 1) {
    entries.put(row(index));
    sizes.add(rows.size);
  }
  expect([...sizes]).toEqual([0, 1_000, 2_000, 4_000, 8_000]);
  entries.allCame();
  expect(rows.size).toBe(10_000);
  expect(entries.complete).toBe(true);
});

test('once all have come, a change is handed on at once', () => {
  const { entries, rows } = held();
  entries.put(row(1));
  entries.allCame();
  entries.put(row(1, 'bob'));
  expect(rows.get(row(1).id)?.user).toBe('bob');
  entries.remove(row(1).id);
  expect(rows.size).toBe(0);
  expect(entries.get(row(1).id)).toBeUndefined();
});

test('a change that comes while a portion is still handed on comes behind it', () => {
  const { entries, rows, finish } = held(new HurriedClock(10));
  for (let index = 0; index < 1_000; index += 1) entries.put(row(index));
  entries.allCame();
  expect(rows.size).toBeLessThan(1_000);
  entries.put(row(999, 'bob'));
  entries.remove(row(998).id);
  finish();
  expect(rows.size).toBe(999);
  expect(rows.get(row(999).id)?.user).toBe('bob');
  expect(rows.has(row(998).id)).toBe(false);
});

test('what is forgotten goes from the stores, but for what has come again meanwhile', () => {
  const { entries, rows, finish } = held(new HurriedClock(10));
  for (let index = 0; index < 1_000; index += 1) entries.put(row(index));
  entries.allCame();
  finish();
  expect(rows.size).toBe(1_000);
  entries.forget();
  expect(entries.complete).toBe(false);
  expect(rows.size).toBeGreaterThan(0);
  entries.put(row(999, 'bob'));
  entries.allCame();
  finish();
  expect([...rows.values()].map(({ user }) => user)).toEqual(['bob']);
});

test('of a portion that was still to be handed on when all was forgotten nothing stays', () => {
  const { entries, rows, finish } = held(new HurriedClock(10));
  for (let index = 0; index < 2_500; index += 1) entries.put(row(index));
  entries.forget();
  finish();
  expect(rows.size).toBe(0);
});

test('stopped, nothing is handed on any more', () => {
  const { entries, rows, clock, finish } = held(new HurriedClock(10));
  for (let index = 0; index < 1_000; index += 1) entries.put(row(index));
  const before = rows.size;
  entries.stop();
  expect(clock.waiting).toBe(0);
  finish();
  expect(rows.size).toBe(before);
});
