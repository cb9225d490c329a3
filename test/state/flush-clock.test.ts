import { expect, test } from 'vitest';
import { startFlushClock } from '../../src/state/flush-clock.ts';
import type { FlushOptions } from '../../src/state/rows.ts';
import { ManualClock } from '../support/manual-clock.ts';

function running(perSecond: number) {
  const clock = new ManualClock();
  const terminal = { behind: false };
  const counted = { flushes: 0, quiet: 0 };
  const stores = {
    /** Flushes until all is done. */
    left: 0,
    get unfinished() {
      return stores.left > 0;
    },
    flush: ({ quiet }: FlushOptions = {}) => {
      counted.flushes += 1;
      stores.left = Math.max(0, stores.left - 1);
      if (quiet) counted.quiet += 1;
      return true;
    },
  };
  const flushClock = startFlushClock({
    stores,
    clock,
    perSecond,
    behind: () => terminal.behind,
  });
  return { clock, terminal, counted, flushClock, stores };
}

test('it flushes as often as it was told, and as often as it is told later', () => {
  const { clock, counted, flushClock } = running(2);
  clock.advance(10_000);
  expect(counted.flushes).toBe(20);
  flushClock.setRate(10);
  clock.advance(1_000);
  expect(counted.flushes).toBe(30);
});

test('no flush while the terminal is behind, and the next one comes when it has caught up', () => {
  const { clock, terminal, counted } = running(10);
  terminal.behind = true;
  clock.advance(3_000);
  expect(counted.flushes).toBe(0);
  terminal.behind = false;
  clock.advance(100);
  expect(counted.flushes).toBe(1);
});

test('frozen nothing moves but what is asked for, and turning it off shows the present at once', () => {
  const { clock, counted, flushClock } = running(2);
  flushClock.freeze(true);
  clock.advance(60_000);
  expect(counted.flushes).toBe(0);
  flushClock.flushNow();
  expect(counted.flushes).toBe(1);
  flushClock.freeze(false);
  expect(counted.flushes).toBe(2);
  clock.advance(500);
  expect(counted.flushes).toBe(3);
});

test('a new rate while frozen does not thaw', () => {
  const { clock, counted, flushClock } = running(2);
  flushClock.freeze(true);
  flushClock.setRate(12);
  clock.advance(5_000);
  expect(counted.flushes).toBe(0);
});

test('stopped, it leaves no timer, and stays stopped', () => {
  const { clock, counted, flushClock } = running(2);
  flushClock.stop();
  flushClock.setRate(10);
  flushClock.freeze(false);
  clock.advance(5_000);
  expect(clock.waiting).toBe(0);
  expect(counted.flushes).toBe(0);
});

test('rates outside 1 to 60 are brought into it', () => {
  const { clock, counted, flushClock } = running(0);
  clock.advance(3_000);
  expect(counted.flushes).toBe(3);
  flushClock.setRate(5_000);
  clock.advance(1_000);
  expect(counted.flushes).toBeLessThanOrEqual(3 + 63);
});

test('what a flush had to leave is flushed between the ticks, quietly, and not while frozen', () => {
  const { clock, counted, flushClock, stores } = running(1);
  stores.left = 3;
  clock.advance(1_000);
  expect(counted).toEqual({ flushes: 3, quiet: 2 });
  stores.left = 5;
  flushClock.freeze(true);
  clock.advance(5_000);
  expect(counted.flushes).toBe(3);
});
