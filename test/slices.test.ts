import { expect, test } from 'vitest';
import { atOnce, runInSlices, type Steps } from '../src/slices.ts';
import { HurriedClock } from './support/hurried-clock.ts';
import { ManualClock } from './support/manual-clock.ts';

function counting(until: number) {
  const done = { steps: 0 };
  function* steps(): Steps {
    for (; done.steps < until; done.steps += 1) yield;
  }
  return { done, steps };
}

test('short work is done when the call returns', () => {
  const { done, steps } = counting(100);
  const slices: boolean[] = [];
  const clock = new ManualClock();
  runInSlices(clock, steps(), { afterSlice: (isDone) => slices.push(isDone) });
  expect(done.steps).toBe(100);
  expect(slices).toEqual([true]);
  expect(clock.waiting).toBe(0);
});

test('long work lets others in after each slice, and goes on to its end', () => {
  const { done, steps } = counting(100);
  const clock = new HurriedClock(1);
  const slices: number[] = [];
  runInSlices(clock, steps(), { ms: 10, afterSlice: () => slices.push(done.steps) });
  expect(done.steps).toBeLessThan(12);
  for (let timers = 0; clock.waiting > 0 && timers < 100; timers += 1) clock.advance(1);
  expect(done.steps).toBe(100);
  expect(slices.length).toBeGreaterThan(8);
});

test('cancelled work does no further step and leaves no timer, also when its own step cancels it', () => {
  const { done, steps } = counting(100);
  const clock = new HurriedClock(5);
  const job = runInSlices(clock, steps());
  const before = done.steps;
  job.cancel();
  clock.advance(1_000);
  expect(done.steps).toBe(before);
  expect(clock.waiting).toBe(0);
});

test('without a clock everything is done at once', () => {
  const { done, steps } = counting(10_000);
  runInSlices(atOnce, steps());
  expect(done.steps).toBe(10_000);
});
