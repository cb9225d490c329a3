import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LongMap } from '../src/long-map.ts';

test('whatever is set and deleted, it holds what a Map holds, in its order', () => {
  const step = fc.tuple(fc.nat(60), fc.constantFrom('set', 'add', 'delete'));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new Map<number, number>();
      const long = new LongMap<number, number>();
      for (const [index, [key, what]] of steps.entries()) {
        if (what === 'delete') expect(long.delete(key)).toBe(map.delete(key));
        else {
          if (map.has(key) || what === 'set') long.set(key, index);
          else long.add(key, index);
          map.set(key, index);
        }
        expect(long.size).toBe(map.size);
        expect(long.get(key)).toBe(map.get(key));
      }
      expect([...long]).toEqual([...map]);
      expect([...long.values()]).toEqual([...map.values()]);
    }),
  );
});

test('of a quarter of a million entries each is found in its part, and a walk goes on when parts empty under it', () => {
  const long = new LongMap<string, number>();
  const count = 250_000;
  for (let index = 0; index < count; index += 1) long.set(`k${index}`, index);
  for (const index of [0, 99_999, 100_000, 200_000, count - 1]) expect(long.get(`k${index}`)).toBe(index);
  long.set('k5', -5);
  expect(long.size).toBe(count);
  const walk = long.values();
  for (let index = 0; index <= 150_000; index += 1) walk.next();
  for (let index = 0; index < 200_000; index += 1) long.delete(`k${index}`);
  expect(long.size).toBe(50_000);
  long.set('late', -1);
  expect(walk.next().value).toBe(200_000);
  expect([...walk].at(-1)).toBe(-1);
  expect([...long.values()].slice(0, 2)).toEqual([200_000, 200_001]);
});
