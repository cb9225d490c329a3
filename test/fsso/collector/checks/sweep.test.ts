import { expect, test } from 'vitest';
import { Sweep } from '../../../../src/fsso/collector/checks/sweep.ts';
import { EntryTable } from '../../../../src/fsso/collector/entries.ts';
import type { Entry } from '../../../../src/fsso/collector/entry.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const interval = 60_000;

function sweep({ atOnce = 100, perSecond = 1000, slow = false } = {}) {
  const clock = new ManualClock();
  const visited: string[] = [];
  const open = new Map<string, () => void>();
  const entries = new EntryTable({ clock, deadEntryTimeoutMs: 0 }, (change) => sweeps.observe(change));
  const sweeps = new Sweep({
    name: 'check',
    clock,
    entries,
    interval,
    atOnce,
    perSecond,
    wants: ({ workstation }) => workstation !== 'left-out',
    visit: ({ ip }, done) => {
      visited.push(ip);
      if (slow) open.set(ip, done);
      else done();
    },
  });
  const put = (index: number, more = {}) =>
    entries.put(collectorLogon({ ip: `10.0.${index >> 8}.${index & 255}`, ...more }));
  const finish = (ip: string) => {
    open.get(ip)?.();
    open.delete(ip);
  };
  return { clock, entries, sweeps, visited, put, finish };
}

test('an entry is visited an interval after it came, and again an interval later', () => {
  const { clock, sweeps, visited, put } = sweep();
  put(1);
  expect(sweeps.dueOf('10.0.0.1|0')).toBe(clock.now() + interval);
  clock.advance(interval - 1);
  expect(visited).toEqual([]);
  clock.advance(1);
  expect(visited).toEqual(['10.0.0.1']);
  clock.advance(interval);
  expect(visited).toHaveLength(2);
});

test('a report puts the visit off, for it says as much', () => {
  const { clock, visited, put } = sweep();
  put(1);
  clock.advance(interval - 1);
  put(1);
  clock.advance(interval - 1);
  expect(visited).toEqual([]);
  clock.advance(1);
  expect(visited).toHaveLength(1);
});

test('what ended, or is not wanted, is not visited', () => {
  const { clock, entries, sweeps, visited, put } = sweep();
  put(1);
  put(2, { workstation: 'left-out' });
  entries.end(entries.get('10.0.0.1|0') as Entry, 'reported');
  clock.advance(2 * interval);
  expect(visited).toEqual([]);
  expect(sweeps.dueOf('10.0.0.2|0')).toBeNull();
  expect(clock.waiting).toBe(0);
});

test('what came together is visited no faster than the bound, and keeps that distance', () => {
  const { clock, sweeps, visited, put } = sweep({ perSecond: 100 });
  for (let index = 0; index < 1000; index++) put(index);
  clock.advance(interval);
  expect(visited.length).toBeLessThanOrEqual(5);
  expect(sweeps.health).toMatchObject({ name: 'check', length: 1000 - visited.length, oldestMs: 0 });
  for (let second = 1; second <= 10; second++) {
    clock.advance(1000);
    expect(visited.length).toBeLessThanOrEqual(100 * second + 10);
    expect(visited.length).toBeGreaterThanOrEqual(100 * second - 10);
  }
  expect(sweeps.health).toMatchObject({ length: 0, oldestMs: null });
  visited.length = 0;
  clock.advance(interval - 10_000);
  for (let second = 1; second <= 10; second++) {
    clock.advance(1000);
    expect(visited.length).toBeLessThanOrEqual(100 * second + 10);
  }
  expect(visited).toHaveLength(1000);
});

test('where the bound does not let a round end in time, every entry still has its turn', () => {
  const { clock, visited, put } = sweep({ perSecond: 10 });
  for (let index = 0; index < 1000; index++) put(index);
  clock.advance(interval + 100_000);
  expect(new Set(visited).size).toBe(1000);
});

test('visits under way at once are bounded, and one that ends lets the next one begin', () => {
  const { clock, sweeps, visited, put, finish } = sweep({ atOnce: 2, slow: true });
  for (const index of [1, 2, 3]) put(index);
  clock.advance(interval + 500);
  expect(visited).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(sweeps.health).toEqual({ name: 'check', length: 3, oldestMs: 500 });
  finish('10.0.0.2');
  expect(visited).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  finish('10.0.0.1');
  finish('10.0.0.3');
  expect(sweeps.health).toEqual({ name: 'check', length: 0, oldestMs: null });
  clock.advance(interval);
  expect(visited).toHaveLength(5);
});

test('an entry that changes while it is visited keeps one place', () => {
  const { clock, visited, put, finish } = sweep({ slow: true });
  put(1);
  clock.advance(interval);
  put(1, { user: 'bob' });
  finish('10.0.0.1');
  clock.advance(interval);
  expect(visited).toHaveLength(2);
  clock.advance(interval);
  expect(visited).toHaveLength(2);
});

test('an entry that changes while it is visited is not visited a second time before that is over', () => {
  const { clock, visited, put, finish } = sweep({ slow: true });
  put(1);
  clock.advance(interval);
  put(1, { user: 'bob' });
  clock.advance(3 * interval);
  expect(visited).toHaveLength(1);
  finish('10.0.0.1');
  clock.advance(interval);
  expect(visited).toHaveLength(2);
});

test('after a stop nothing is visited, nothing waits, and visits under way may end', () => {
  const { clock, sweeps, visited, put, finish } = sweep({ slow: true, atOnce: 1 });
  put(1);
  put(2);
  clock.advance(interval);
  sweeps.stop();
  finish('10.0.0.1');
  put(3);
  clock.advance(10 * interval);
  expect(visited).toEqual(['10.0.0.1']);
  expect(clock.waiting).toBe(0);
});
