import { beforeEach, expect, test } from 'vitest';
import { RateHistory } from '../../../../src/fsso/collector/feeds/rate-history.ts';
import { noRateLimit, TokenBucket } from '../../../../src/fsso/collector/feeds/token-bucket.ts';

let now = 0;
const taken = (bucket: TokenBucket, times: number) =>
  Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;

beforeEach(() => {
  now = Date.UTC(2026, 0, 15, 9, 0, 0);
});

test('a bucket lets a burst through, then its rate', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, now);
  expect(taken(bucket, 8)).toBe(5);
  expect(bucket.wait(now)).toBe(100);
  now += 300;
  expect(taken(bucket, 8)).toBe(3);
  now += 3_600_000;
  expect(taken(bucket, 8)).toBe(5);
});

test('a bucket without a limit lets everything through', () => {
  const bucket = new TokenBucket(noRateLimit, now);
  expect(taken(bucket, 1000)).toBe(1000);
  expect(bucket.wait(now)).toBe(0);
});

test('what is taken in any case is owed', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, now);
  for (let taken = 0; taken < 25; taken++) bucket.charge(now);
  expect(bucket.wait(now)).toBe(2100);
  now += 2000;
  expect(bucket.take(now)).toBe(false);
  now += 100;
  expect(bucket.take(now)).toBe(true);
});

test('a clock that is set back costs nothing but what it was set back by', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, now);
  taken(bucket, 5);
  now -= 60_000;
  expect(taken(bucket, 1)).toBe(0);
  now += 100;
  expect(taken(bucket, 2)).toBe(1);
});

test('the history holds complete steps of ten seconds, quiet ones too, for five minutes', () => {
  const history = new RateHistory(now);
  history.add(now, 20, 1000);
  expect(history.eventsPerSecond(now)).toEqual([]);
  expect(history.bytesPerSecond(now)).toBeNull();
  now += 10_000;
  expect(history.eventsPerSecond(now)).toEqual([2]);
  expect(history.bytesPerSecond(now)).toBe(100);
  now += 20_000;
  history.add(now, 50, 10);
  now += 10_000;
  expect(history.eventsPerSecond(now)).toEqual([2, 0, 0, 5]);
  now += 260_000;
  expect(history.eventsPerSecond(now)).toHaveLength(29);
  expect(history.eventsPerSecond(now).slice(0, 3)).toEqual([0, 0, 5]);
  now += 3_600_000;
  expect(history.eventsPerSecond(now)).toEqual(Array(29).fill(0));
});
