import { expect, test } from 'vitest';
import type { Steps } from '../../src/slices.ts';
import { comparing } from '../../src/state/order.ts';
import { sortInSteps } from '../../src/state/sort-steps.ts';

function finished<T>(steps: Steps<T>): { result: T; steps: number } {
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done) return { result: value as T, steps: count };
  }
}

type Item = { id: string; key: number };

const scattered = (count: number, of: number): Item[] =>
  Array.from({ length: count }, (_, each) => ({ id: String(each), key: (each * 7_919) % of }));

test.each([0, 1, 2_047, 2_048, 2_049, 4_097, 20_001])(
  '%i rows are sorted as the engine sorts them',
  (count) => {
    const rows = scattered(count, 10_007);
    const order = { key: (row: Item) => row.key };
    const { result, steps } = finished(sortInSteps(rows, order));
    expect(result.map(({ row }) => row)).toEqual(rows.toSorted(comparing(order)));
    expect(steps).toBeGreaterThanOrEqual(count / 2_048);
  },
);

test('rows of the same key keep the order of their ids, and each key is made once', () => {
  const rows = scattered(5_000, 3);
  let made = 0;
  const key = (row: Item): number => {
    made += 1;
    return row.key;
  };
  const { result } = finished(sortInSteps(rows, { key }));
  expect(made).toBe(5_000);
  expect(result).toEqual(rows.toSorted(comparing({ key })).map((row) => ({ key: row.key, id: row.id, row })));
});
