import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedIndex } from '../../src/state/sorted-index.ts';

const byValue = (a: number, b: number): number => a - b;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('insert' as const), value: fc.nat(3_000) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const), value: fc.nat(3_000) }) },
);

test('an index is always what a plain sorted array would be', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(3_000), { maxLength: 1_200 }),
      fc.array(step, { maxLength: 1_500 }),
      fc.integer({ min: -5, max: 3_000 }),
      fc.nat(700),
      (first, steps, offset, count) => {
        const plain = first.toSorted(byValue);
        const index = new SortedIndex(byValue);
        index.fill(plain);
        for (const { op, value } of steps) {
          const place = plain.indexOf(value);
          if (op === 'insert' && place < 0) {
            plain.push(value);
            index.insert(value);
            plain.sort(byValue);
          } else if (op === 'remove') {
            expect(index.remove(value)).toBe(place >= 0);
            if (place >= 0) plain.splice(place, 1);
          }
        }
        expect([...index]).toEqual(plain);
        expect(index.size).toBe(plain.length);
        const end = Math.max(0, offset + count);
        expect(index.slice(offset, count)).toEqual(plain.slice(Math.max(0, offset), end));
        for (let value = 0; value <= 3_000; value += 7)
          expect(index.indexOf(value)).toBe(plain.indexOf(value));
        expect(Math.max(0, ...index.bucketSizes)).toBeLessThanOrEqual(512);
        expect(index.bucketSizes).not.toContain(0);
      },
    ),
    { numRuns: 40 },
  );
});

test('a hundred thousand insertions in rising, falling and scattered order keep every bucket within 512', () => {
  for (const factor of [1, -1, 7_919]) {
    const index = new SortedIndex(byValue);
    for (let each = 0; each < 100_000; each += 1) index.insert((each * factor) % 100_003);
    expect(index.size).toBe(100_000);
    expect(Math.max(...index.bucketSizes)).toBeLessThanOrEqual(512);
    const all = [...index];
    expect(all.every((value, place) => place === 0 || (all[place - 1] as number) < value)).toBe(true);
  }
});

test('an entry that is ordered the same takes the place of the old one', () => {
  const index = new SortedIndex<{ key: number; text: string }>((a, b) => a.key - b.key);
  index.insert({ key: 1, text: 'old' });
  expect(index.replace({ key: 1, text: 'new' })).toBe(true);
  expect(index.replace({ key: 2, text: 'other' })).toBe(false);
  expect([...index]).toEqual([{ key: 1, text: 'new' }]);
});
