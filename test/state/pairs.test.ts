import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pairs } from '../../src/state/pairs.ts';
import { createRows } from '../../src/state/rows.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Row {
  readonly id: string;
  readonly who: string | null;
  readonly n: number;
  readonly reported?: object;
  readonly also?: readonly Row[];
}

const own = (id: string, who: string | null, n = 0): Row => ({ id, who, n });
const told = (id: string, who: string | null, n = 0): Row => ({ id, who, n, reported: {} });

function table() {
  const rows = createRows<Row>(new ManualClock(0));
  const pairs = new Pairs(rows, ({ who }) => who);
  const shown = () => {
    rows.flush();
    return [...rows.values()].map(({ id, also = [] }) => [id, ...also.map((each) => each.id)]).sort();
  };
  return { rows, pairs, shown };
}

test('the row of a FortiGate gives way to ours, whichever came first', () => {
  for (const order of [
    [own('a', 'anna'), told('f', 'anna')],
    [told('f', 'anna'), own('a', 'anna')],
  ]) {
    const { pairs, shown } = table();
    for (const row of order) pairs.put(row);
    expect(shown()).toEqual([['a', 'f']]);
    pairs.remove('a');
    expect(shown()).toEqual([['f']]);
  }
});

test('what only FortiGates tell of is one row too, and goes on with the next of them', () => {
  const { pairs, shown } = table();
  for (const row of [told('f', 'anna'), told('g', 'anna'), told('h', 'bob')]) pairs.put(row);
  expect(shown()).toEqual([['f', 'g'], ['h']]);
  pairs.remove('f');
  expect(shown()).toEqual([['g'], ['h']]);
});

test('two sessions of the same user at one address both have it', () => {
  const { pairs, shown } = table();
  for (const row of [own('a', 'bob'), own('b', 'bob'), told('f', 'bob')]) pairs.put(row);
  expect(shown()).toEqual([
    ['a', 'f'],
    ['b', 'f'],
  ]);
});

test('a row that computes its fields stays one, with and without the others', () => {
  class Computed implements Row {
    readonly n = 7;
    get id() {
      return 'a';
    }
    get who() {
      return 'anna';
    }
  }
  const { rows, pairs, shown } = table();
  pairs.put(new Computed());
  pairs.put(told('f', 'anna'));
  expect(shown()).toEqual([['a', 'f']]);
  expect(rows.get('a')).toMatchObject({ id: 'a', who: 'anna', n: 7 });
  pairs.remove('f');
  expect(shown()).toEqual([['a']]);
  expect(rows.get('a')?.who).toBe('anna');
});

test('while no FortiGate tells anything, rows pass through as they are', () => {
  const { rows, pairs } = table();
  const row = own('a', 'anna');
  pairs.put(row);
  rows.flush();
  expect(rows.get('a')).toBe(row);
});

test('after any changes the rows are those that putting everything anew would give', () => {
  const who = fc.constantFrom('anna', 'bob', null);
  const change = fc.oneof(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), who, fc.nat(3)).map((given) => own(...given)),
    fc.tuple(fc.constantFrom('f', 'g', 'h'), who, fc.nat(3)).map((given) => told(...given)),
    fc.constantFrom('a', 'b', 'c', 'f', 'g', 'h'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 30 }), (changes) => {
      const { rows, pairs, shown } = table();
      const last = new Map<string, Row>();
      for (const [each, flush] of changes) {
        if (typeof each === 'string') {
          pairs.remove(each);
          last.delete(each);
        } else {
          pairs.put(each);
          last.set(each.id, each);
        }
        if (flush) rows.flush();
      }
      shown();
      const all = [...last.values()];
      const seen = [...rows.values()];
      // Each row of ours is there once, with every row of a FortiGate about the same.
      for (const row of all.filter(({ reported }) => !reported)) {
        const found = seen.find(({ id }) => id === row.id);
        const others = all.filter(({ reported, who }) => reported && who !== null && who === row.who);
        expect(found?.n).toBe(row.n);
        expect(new Set(found?.also ?? [])).toEqual(new Set(others));
      }
      // Each row of a FortiGate is seen exactly once, by itself or in another.
      for (const row of all.filter(({ reported }) => reported)) {
        const carriers = seen.filter((each) => each.id === row.id || each.also?.includes(row));
        const ours = all.filter(({ reported, who }) => !reported && who !== null && who === row.who);
        expect(carriers.map(({ id }) => id).sort()).toEqual(
          ours.length > 0 ? ours.map(({ id }) => id).sort() : [carriers[0]?.id],
        );
      }
      for (const row of seen) expect(last.get(row.id)?.n).toBe(row.n);
    }),
    { numRuns: 500 },
  );
});
