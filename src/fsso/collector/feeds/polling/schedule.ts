import type { PollMode } from '../../../windows/reading.ts';

/** Seconds between two polls: the product's, and the range that is taken (docs/protocol/windows.md, Polling). */
export const pollPeriods: Readonly<Record<PollMode, { fallback: number; least: number; most: number }>> = {
  // A session that is over within the period is never seen: the guide allows no more.
  netapi: { fallback: 9, least: 1, most: 9 },
  'event-log': { fallback: 10, least: 1, most: 60 },
  wmi: { fallback: 3, least: 1, most: 60 },
};

/** Another period at a time of the day, by the machine's time zone. */
export interface PeriodRule {
  /** 0 is Sunday; null: every day. Of a time that ends after midnight, the days on which it begins. */
  readonly days: ReadonlySet<number> | null;
  /** Minutes since midnight; where `to` is not later than `from`, it ends on the next day. */
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

const minutesOfDay = 24 * 60;

/** How often a domain controller is polled. */
export class PollSchedule {
  readonly #mode: PollMode;
  readonly #seconds: number;
  readonly #rules: readonly PeriodRule[];
  #chosen: number | null = null;

  /** @param rules the first one that holds counts */
  constructor(mode: PollMode, seconds: number, rules: readonly PeriodRule[]) {
    this.#mode = mode;
    this.#seconds = seconds;
    this.#rules = rules;
  }

  /** Milliseconds from the beginning of one poll to that of the next. */
  periodAt(now: number): number {
    const rule = this.#rules.find((each) => holds(each, now));
    const { least, most } = pollPeriods[this.#mode];
    return Math.max(least, Math.min(this.#chosen ?? rule?.seconds ?? this.#seconds, most)) * 1000;
  }

  /** A person's choice, before everything else; null goes back to what is configured. */
  choose(seconds: number | null): void {
    this.#chosen = seconds;
  }
}

function holds({ days, from, to }: PeriodRule, now: number): boolean {
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  const today = date.getDay();
  const isDay = (day: number) => days === null || days.has(day);
  if (from < to) return isDay(today) && minute >= from && minute < to;
  const yesterday = (today + 6) % 7;
  return (isDay(today) && minute >= from && minute < minutesOfDay) || (isDay(yesterday) && minute < to);
}
