import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from '../../src/state/order.ts';

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
