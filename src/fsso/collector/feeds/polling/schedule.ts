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

/** How often everybody is polled who has no period of its own. */
export interface PollPace {
  /** Seconds; null: as the mode wants it. */
  readonly seconds: number | null;
  /** The first one that holds counts. */
  readonly periods: readonly PeriodRule[];
}

const minutesOfDay = 24 * 60;

/** How often a domain controller is polled. */
export class PollSchedule {
  readonly #mode: PollMode;
  readonly #own: number | null;
  #pace: PollPace;
  #chosen: number | null = null;

  /** @param own seconds of this one alone, at every time of the day; null: as everybody's */
  constructor(mode: PollMode, own: number | null, pace: PollPace) {
    this.#mode = mode;
    this.#own = own;
    this.#pace = pace;
  }

  /** Milliseconds from the beginning of one poll to that of the next. */
  periodAt(now: number): number {
    const { least, most } = pollPeriods[this.#mode];
    return Math.max(least, Math.min(this.#chosen ?? this.#own ?? this.#paceAt(now), most)) * 1000;
  }

  setPace(pace: PollPace): void {
    this.#pace = pace;
  }

  /** Whether a person chose the period. */
  get isChosen(): boolean {
    return this.#chosen !== null;
  }

  /** A person's choice, before everything else; null goes back to what is configured. */
  choose(seconds: number | null): void {
    this.#chosen = seconds;
  }

  #paceAt(now: number): number {
    const { seconds, periods } = this.#pace;
    const rule = periods.find((each) => holds(each, now));
    return rule?.seconds ?? seconds ?? pollPeriods[this.#mode].fallback;
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
