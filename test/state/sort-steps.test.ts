import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Steps } from '../../src/slices.ts';
import { compareKeys, sortByKeyInSteps, sortInSteps } from '../../src/state/sort-steps.ts';

function finished<T>(steps: Steps<T>): { result: T; steps: number } {
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done) return { result: value as T, steps: count };
  }
}

test.each([0, 1, 2_047, 2_048, 2_049, 4_097, 20_001])(
  '%i rows are sorted as the engine sorts them',
  (count) => {
    const rows = Array.from({ length: count }, (_, each) => (each * 7_919) % 10_007);
    const order = (a: number, b: number): number => a - b;
    const { result, steps } = finished(sortInSteps(rows, order));
    expect(result).toEqual(rows.toSorted(order));
    expect(steps).toBeGreaterThanOrEqual(count / 2_048);
  },
);

test('rows of the same key keep the order of their ids, and each key is made once', () => {
  const rows = Array.from({ length: 5_000 }, (_, each) => ({
    id: String((each * 4_001) % 5_000).padStart(4, '0'),
    key: each % 3,
  }));
  let made = 0;
  const { result } = finished(
    sortByKeyInSteps(rows, (row) => {
      made += 1;
      return row.key;
    }),
  );
  expect(made).toBe(5_000);
  expect(result).toEqual(rows.toSorted((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1)));
});

test('numbers come before texts and what is not known comes last, whatever is compared with what', () => {
  const key = fc.oneof(fc.integer(), fc.string(), fc.constant(null));
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      const sorted = keys.toSorted(compareKeys);
      const rank = (each: unknown): number => (each === null ? 2 : typeof each === 'string' ? 1 : 0);
      expect(sorted.map(rank)).toEqual(keys.map(rank).toSorted());
      expect(sorted.filter((each) => typeof each === 'number')).toEqual(
        keys.filter((each) => typeof each === 'number').toSorted((a, b) => a - b),
      );
    }),
  );
});
