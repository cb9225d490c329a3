import { expect, test } from 'vitest';
import { PollSchedule, pollPeriods } from '../../../../../src/fsso/collector/feeds/polling/schedule.ts';

/** A moment by the machine's own time zone; 2026-01-16 is a Friday. */
const at = (day: number, hours: number, minutes = 0) => new Date(2026, 0, day, hours, minutes).getTime();
const morning = { days: new Set([1, 2, 3, 4, 5]), from: 7 * 60 + 30, to: 9 * 60, seconds: 3 };
const night = { days: new Set([5]), from: 22 * 60, to: 6 * 60, seconds: 30 };

test('a period holds within its hours and on its days only', () => {
  const schedule = new PollSchedule('event-log', null, { seconds: 10, periods: [morning, night] });
  const seconds = (time: number) => schedule.periodAt(time) / 1000;
  expect(seconds(at(16, 7, 29))).toBe(10);
  expect(seconds(at(16, 7, 30))).toBe(3);
  expect(seconds(at(16, 8, 59))).toBe(3);
  expect(seconds(at(16, 9))).toBe(10);
  expect(seconds(at(17, 8))).toBe(10);
});

test('hours that end after midnight belong to the day on which they begin', () => {
  const schedule = new PollSchedule('event-log', null, { seconds: 10, periods: [morning, night] });
  const seconds = (time: number) => schedule.periodAt(time) / 1000;
  expect(seconds(at(16, 21, 59))).toBe(10);
  expect(seconds(at(16, 22))).toBe(30);
  expect(seconds(at(17, 5, 59))).toBe(30);
  expect(seconds(at(17, 6))).toBe(10);
  expect(seconds(at(17, 22))).toBe(10);
  expect(seconds(at(16, 5))).toBe(10);
});

test('a choice counts before everything, within what the mode allows, until it is taken back', () => {
  const schedule = new PollSchedule('netapi', null, { seconds: 9, periods: [morning] });
  schedule.choose(60);
  expect(schedule.periodAt(at(16, 8))).toBe(pollPeriods.netapi.most * 1000);
  schedule.choose(2);
  expect(schedule.periodAt(at(16, 8))).toBe(2000);
  schedule.choose(null);
  expect(schedule.periodAt(at(16, 8))).toBe(3000);
});

test('a machine with a period of its own keeps it, the others take another pace up', () => {
  const one = new PollSchedule('event-log', 20, { seconds: null, periods: [morning] });
  const other = new PollSchedule('event-log', null, { seconds: null, periods: [] });
  expect(one.periodAt(at(16, 8))).toBe(20_000);
  expect(other.periodAt(at(16, 8))).toBe(pollPeriods['event-log'].fallback * 1000);
  for (const each of [one, other]) each.setPace({ seconds: 30, periods: [] });
  expect(one.periodAt(at(16, 8))).toBe(20_000);
  expect(other.periodAt(at(16, 8))).toBe(30_000);
});
