import { expect, test } from 'vitest';
import { RateHistory } from '../../../../src/fsso/collector/feeds/rate-history.ts';
import { TokenBucket } from '../../../../src/fsso/collector/feeds/token-bucket.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const taken = (bucket: TokenBucket, times: number) =>
  Array.from({ length: times }, () => bucket.take()).filter(Boolean).length;

test('a bucket lets a burst through, then its rate', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, clock);
  expect(taken(bucket, 8)).toBe(5);
  expect(bucket.wait).toBe(100);
  clock.advance(300);
  expect(taken(bucket, 8)).toBe(3);
  clock.advance(3_600_000);
  expect(taken(bucket, 8)).toBe(5);
});

test('a bucket without a limit lets everything through', () => {
  const bucket = new TokenBucket({ perSecond: 0, burst: 1 }, new ManualClock());
  expect(taken(bucket, 1000)).toBe(1000);
  expect(bucket.wait).toBe(0);
});

test('the history holds complete steps of ten seconds, quiet ones too, for five minutes', () => {
  const clock = new ManualClock();
  const history = new RateHistory(clock);
  history.add(20, 1000);
  expect(history.eventsPerSecond).toEqual([]);
  expect(history.bytesPerSecond).toBeNull();
  clock.advance(10_000);
  expect(history.eventsPerSecond).toEqual([2]);
  expect(history.bytesPerSecond).toBe(100);
  clock.advance(20_000);
  history.add(50, 10);
  clock.advance(10_000);
  expect(history.eventsPerSecond).toEqual([2, 0, 0, 5]);
  clock.advance(260_000);
  expect(history.eventsPerSecond).toHaveLength(29);
  expect(history.eventsPerSecond.slice(0, 3)).toEqual([0, 0, 5]);
  clock.advance(3_600_000);
  expect(history.eventsPerSecond).toEqual(Array(29).fill(0));
});
