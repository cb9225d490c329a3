import { expect, test } from 'vitest';
import { Repeats } from '../../../src/fsso/collector/repeats.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('the first of a kind passes, those within the pause are held and counted', () => {
  const clock = new ManualClock();
  const repeats = new Repeats(clock);
  expect(repeats.pass('a')).toBe(0);
  expect(repeats.pass('a')).toBeNull();
  expect(repeats.pass('b')).toBe(0);
  expect(repeats.pass('a')).toBeNull();
  clock.advance(10_000);
  expect(repeats.pass('a')).toBe(2);
  expect(repeats.pass('a')).toBeNull();
});

test('kinds without end do not pass without end', () => {
  const clock = new ManualClock();
  const repeats = new Repeats(clock);
  const passed = () => {
    let count = 0;
    for (let index = 0; index < 10_000; index++) if (repeats.pass(`kind ${index}`) !== null) count += 1;
    return count;
  };
  expect(passed()).toBeLessThan(1100);
  clock.advance(20_000);
  expect(repeats.pass('new')).toBe(0);
});
