import type { Sign } from './tree.ts';

/** Values from `from` to `to`; the ends belong to it unless they are open. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly openFrom?: boolean;
  readonly openTo?: boolean;
}

/** Whether a value lies in the span. */
export function isIn(value: number, { from, to, openFrom, openTo }: Span): boolean {
  return (openFrom ? value > from : value >= from) && (openTo ? value < to : value <= to);
}

/** All values that stand so to one; without a sign, that one alone. */
function signed(sign: Sign | null, value: number): Span {
  const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  if (sign === '<' || sign === '<=') return { ...all, to: value, openTo: sign === '<' };
  if (sign === '>' || sign === '>=') return { ...all, from: value, openFrom: sign === '>' };
  return { from: value, to: value };
}

/** A whole number, one with a sign before it, or a range (`3-5`, `3..5`); null where the text is none. */
export function numberSpan(text: string, sign: Sign | null): Span | null {
  const range = /^(-?\d+)(?:-|\.\.)(-?\d+)$/.exec(text);
  if (range && sign === null) return { from: Number(range[1]), to: Number(range[2]) };
  return /^-?\d+$/.test(text) ? signed(sign, Number(text)) : null;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: second,
  m: minute,
  h: hour,
  d: day,
  w: 7 * day,
};

/** Milliseconds of `90s`, `1h30m`, `-1d` or `0`, and the smallest unit that was written; null where the text is none. */
function readDuration(text: string): { value: number; unit: number } | null {
  if (text === '0') return { value: 0, unit: 1 };
  if (!/^-?(?:\d+(?:ms|[smhdw]))+$/i.test(text)) return null;
  let value = 0;
  let unit = Number.POSITIVE_INFINITY;
  for (const [, digits, name] of text.toLowerCase().matchAll(/(\d+)(ms|[smhdw])/g)) {
    const size = units[name as string] as number;
    value += Number(digits) * size;
    unit = Math.min(unit, size);
  }
  return { value: text.startsWith('-') ? -value : value, unit };
}

/**
 * A duration in milliseconds. Without a sign it is what tables show as it: `3h` is all from 3 hours to just below 4. A
 * range (`5m-10m`) has both its ends. Null where the text is none.
 */
export function durationSpan(text: string, sign: Sign | null): Span | null {
  const dash = text.search(/\.\.|(?<=.)-/);
  if (dash > 0 && sign === null) {
    const from = readDuration(text.slice(0, dash));
    const to = readDuration(text.slice(dash + (text[dash] === '.' ? 2 : 1)));
    return from && to && { from: from.value, to: to.value };
  }
  const read = readDuration(text);
  if (read === null) return null;
  if (sign !== null && sign !== '=') return signed(sign, read.value);
  return { from: read.value, to: read.value + read.unit, openTo: true };
}

/** A moment as it was written, up to the next one that could be written so. UTC, in milliseconds. */
interface Moment {
  readonly from: number;
  readonly to: number;
  /** It is counted from the midnight before, because no day was written. */
  readonly ofToday: boolean;
}

function readMoment(text: string): Moment | null {
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (clock) {
    const [, hours, minutes, seconds] = clock;
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null;
    const from = Number(hours) * hour + Number(minutes) * minute + Number(seconds ?? 0) * second;
    return { from, to: from + (seconds === undefined ? minute : second), ofToday: true };
  }
  const written = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(:\d\d)?Z?)?$/i.exec(text);
  if (!written) return null;
  const isDay = text.length === 10;
  const iso = isDay ? `${text}T00:00:00Z` : `${text.toUpperCase().replace(/Z$/, '')}Z`;
  const from = Date.parse(iso);
  // Some dates that do not exist are taken for others.
  if (Number.isNaN(from) || !new Date(from).toISOString().startsWith(iso.slice(0, -1))) return null;
  return { from, to: from + (isDay ? day : written[1] === undefined ? minute : second), ofToday: false };
}

/** Whether a time was asked for, by the time and by now; both in milliseconds since the epoch. */
export interface TimeTest {
  matches(time: number, now: number): boolean;
  /** What it matches depends on the day. */
  readonly timed: boolean;
}

/** A day, a minute or a second, one with a sign before it, or a range with `..`; null where the text is none. */
export function timeTest(text: string, sign: Sign | null): TimeTest | null {
  const dots = sign === null ? text.indexOf('..') : -1;
  const first = readMoment(dots < 0 ? text : text.slice(0, dots));
  const last = dots < 0 ? first : readMoment(text.slice(dots + 2));
  if (first === null || last === null || first.ofToday !== last.ofToday) return null;
  const span: Span =
    sign === null || sign === '=' ? { from: first.from, to: last.to, openTo: true } : after();
  if (!first.ofToday) return { timed: false, matches: (time) => isIn(time, span) };
  return { timed: true, matches: (time, now) => isIn(time - Math.floor(now / day) * day, span) };

  function after(): Span {
    const { from, to } = first as Moment;
    if (sign === '<') return signed('<', from);
    if (sign === '<=') return signed('<', to);
    return signed('>=', sign === '>' ? to : from);
  }
}
