import { expect, test } from 'vitest';
import { parseMoment } from '../src/moment.ts';

const now = Date.UTC(2026, 2, 29, 9, 14, 30);

function iso(text: string, options = {}): string | null {
  const found = parseMoment(text, now, options);
  return found === null ? null : new Date(found).toISOString();
}

test('a time without a date is the latest such moment', () => {
  expect(iso('09:14')).toBe('2026-03-29T09:14:00.000Z');
  expect(iso('9:14:30')).toBe('2026-03-29T09:14:30.000Z');
  expect(iso('09:15')).toBe('2026-03-28T09:15:00.000Z');
});

test('dates, zones and ages are understood', () => {
  expect(iso('2026-03-01')).toBe('2026-03-01T00:00:00.000Z');
  expect(iso('2026-03-01', { edge: 'end' })).toBe('2026-03-01T23:59:59.999Z');
  expect(iso('2026-03-01 08:05')).toBe('2026-03-01T08:05:00.000Z');
  expect(iso('2026-03-01T08:05:06+02:00')).toBe('2026-03-01T06:05:06.000Z');
  expect(iso('15m')).toBe('2026-03-29T08:59:30.000Z');
  expect(iso('2d ago')).toBe('2026-03-27T09:14:30.000Z');
  expect(iso('now')).toBe('2026-03-29T09:14:30.000Z');
});

test('local time is local, and UTC where that is asked for', () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'America/New_York';
  try {
    expect(iso('2026-03-01 08:05')).toBe('2026-03-01T13:05:00.000Z');
    expect(iso('05:00')).toBe('2026-03-29T09:00:00.000Z');
    expect(iso('2026-03-01 08:05', { utc: true })).toBe('2026-03-01T08:05:00.000Z');
    expect(iso('2026-03-01T08:05Z')).toBe('2026-03-01T08:05:00.000Z');
  } finally {
    process.env['TZ'] = zone;
  }
});

test('what is no moment is refused', () => {
  for (const text of [
    '',
    '24:00',
    '9',
    '2026-02-30',
    '2026-13-01',
    '2026-00-01',
    '12:60',
    'yesterday',
    '-5m',
  ])
    expect(iso(text), text).toBeNull();
});
