import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparing } from '../../src/state/order.ts';
import type { Keyed } from '../../src/state/sort-steps.ts';
import { SortedIndex } from '../../src/state/sorted-index.ts';

interface Item {
  readonly id: string;
  readonly value: number;
}

const byValue = { key: (item: Item) => item.value };
const inOrder = comparing(byValue);
/** Three items have each value, so that ids decide often. */
const item = (number: number): Item => ({ id: String(number), value: Math.floor(number / 3) });
const keyed = (row: Item): Keyed<Item> => ({ key: row.value, id: row.id, row });

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('insert' as const), number: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('remove' as const), number: fc.nat(3_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('insert-all' as const),
      numbers: fc.uniqueArray(fc.nat(3_000), { maxLength: 900 }),
    }),
  },
);

test('an index is always what a plain sorted array would be', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(3_000), { maxLength: 1_200 }),
      fc.array(step, { maxLength: 400 }),
      fc.integer({ min: -5, max: 3_000 }),
      fc.nat(700),
      (first, steps, offset, count) => {
        const model = new Map(first.map((number) => [number, item(number)]));
        const index = new SortedIndex(byValue);
        index.insertAll([...model.values()].sort(inOrder).map(keyed));
        for (const each of steps) {
          if (each.op === 'insert') {
            if (!model.has(each.number)) index.insert(item(each.number));
            model.set(each.number, item(each.number));
          } else if (each.op === 'remove') {
            expect(index.remove(item(each.number))).toBe(model.delete(each.number));
          } else {
            const added = each.numbers.filter((number) => !model.has(number)).map(item);
            index.insertAll(added.sort(inOrder).map(keyed));
            for (const row of added) model.set(Number(row.id), row);
          }
          expect(Math.max(0, ...index.bucketSizes)).toBeLessThanOrEqual(512);
          expect(index.bucketSizes).not.toContain(0);
        }
        const plain = [...model.values()].sort(inOrder);
        expect([...index]).toEqual(plain);
        expect(index.size).toBe(plain.length);
        const end = Math.max(0, offset + count);
        expect(index.slice(offset, count)).toEqual(plain.slice(Math.max(0, offset), end));
        for (let number = 0; number <= 3_000; number += 7) {
          const place = plain.findIndex(({ id }) => id === String(number));
          expect(index.indexOf(item(number))).toBe(place);
          expect(index.has(item(number))).toBe(place >= 0);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('a hundred thousand insertions in rising, falling and scattered order keep every bucket within 512', () => {
  for (const factor of [1, -1, 7_919]) {
    const index = new SortedIndex(byValue);
    for (let each = 0; each < 100_000; each += 1) index.insert({ id: '', value: (each * factor) % 100_003 });
    expect(index.size).toBe(100_000);
    expect(Math.max(...index.bucketSizes)).toBeLessThanOrEqual(512);
    const all = [...index];
    expect(all.every(({ value }, place) => place === 0 || (all[place - 1] as Item).value < value)).toBe(true);
  }
});

test('rows behind the last, before the first and between two come in together', () => {
  const numbers = (start: number, count: number, by: number) =>
    Array.from({ length: count }, (_, each) => ({ id: '', value: start + each * by }));
  const index = new SortedIndex(byValue);
  index.insertAll(numbers(10_000, 1_000, 10).map(keyed));
  for (const added of [numbers(0, 700, 1), numbers(10_001, 3, 1), numbers(30_000, 5_000, 1)])
    index.insertAll(added.map(keyed));
  const values = [...index].map(({ value }) => value);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  expect(values).toHaveLength(6_703);
  expect(Math.min(...index.bucketSizes)).toBeGreaterThan(100);
  expect(Math.max(...index.bucketSizes)).toBeLessThanOrEqual(512);
});

test('a row takes the place of the old one of the same id and key', () => {
  const index = new SortedIndex<Item & { text: string }>(byValue);
  index.insert({ id: 'a', value: 1, text: 'old' });
  expect(index.replace({ id: 'a', value: 1, text: 'new' })).toBe(true);
  expect(index.replace({ id: 'b', value: 1, text: 'other' })).toBe(false);
  expect(index.replace({ id: 'a', value: 2, text: 'other' })).toBe(false);
  expect([...index]).toEqual([{ id: 'a', value: 1, text: 'new' }]);
});
