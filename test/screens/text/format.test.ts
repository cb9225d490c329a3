import { expect, test } from 'vitest';
import {
  age,
  ageSince,
  bytes,
  count,
  countdown,
  countIn,
  dateTime,
  latency,
  time,
} from '../../../src/screens/text/format.ts';

const second = 1_000;
const hour = 3_600 * second;

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [hour - 1, '59m'],
  [hour, '1h'],
  [24 * hour - 1, '23h'],
  [24 * hour, '1d'],
  [400 * 24 * hour, '400d'],
  [-5_000, '0s'],
])('an age of %d ms is %s', (ms, expected) => {
  expect(age(ms)).toBe(expected);
});

test.each([
  [0, '0s'],
  [1, '1s'],
  [59_000, '59s'],
  [59_001, '1m'],
  [90_000, '2m'],
  [59 * 60 * second + 1, '1h'],
  [24 * hour, '1d'],
  [-1, '0s'],
])('%d ms to go are %s', (ms, expected) => {
  expect(countdown(ms)).toBe(expected);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567, '1,234,567'],
  [-1_234, '-1,234'],
  [-0.5, '0'],
])('%d is written %s', (value, expected) => {
  expect(count(value)).toBe(expected);
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [1_536, '1.5 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
])('%d bytes are %s', (value, expected) => {
  expect(bytes(value)).toBe(expected);
});

test.each([
  [0.4, '<1 ms'],
  [12.4, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_234, '1.2 s'],
])('%d ms of waiting are %s', (value, expected) => {
  expect(latency(value)).toBe(expected);
});

test.each([
  [5, 9_999, '9,999'],
  [5, 10_000, '10k'],
  [5, 999_999, '999k'],
  [6, 12_345_678, '12M'],
  [6, 99_999, '99,999'],
  [5, null, ''],
])('in %i cells %s is written %s', (width, value, text) => expect(countIn(width, value)).toBe(text));

test('times are UTC', () => {
  const moment = Date.UTC(2026, 0, 15, 9, 5, 7, 999);
  expect([time(moment), dateTime(moment)]).toEqual(['09:05:07', '2026-01-15T09:05:07Z']);
});

test('what is not known is blank and not 0', () => {
  for (const format of [age, countdown, count, bytes, latency, time, dateTime]) {
    for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(format(value)).toBe('');
  }
  expect(ageSince(null, 5)).toBe('');
  expect(ageSince(1_000, 4_500)).toBe('3s');
});

test('a time that no calendar writes in four digits is blank', () => {
  expect(time(9e15)).toBe('');
  expect(dateTime(-9e15)).toBe('');
});
