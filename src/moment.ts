const dayMs = 86_400_000;
const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs };

/** What a person may type for a moment; said where it is something else. */
export const momentExpected =
  'expected 09:14, "2026-11-22 09:14", 2026-11-22T09:14:00Z, 2026-11-22, 15m, 2h or 3d ago, or now';

/**
 * A moment as a person types it, in milliseconds since the epoch; null when it is none. A time without a zone is local time, or
 * UTC where that is asked for; one without a date is the latest such moment that is not in the future. A date alone is its
 * first moment, or its last one where `edge` is `end`.
 */
export function parseMoment(
  text: string,
  now: number,
  { utc = false, edge = 'start' }: { utc?: boolean; edge?: 'start' | 'end' } = {},
): number | null {
  const given = text.trim();
  if (given === 'now') return now;
  const ago = /^(\d{1,6})([smhd])(?: ago)?$/.exec(given);
  if (ago) return now - Number(ago[1]) * (units[ago[2] ?? 's'] ?? 0);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(given);
  if (clock)
    return latestClock(
      clock.slice(1).map((part) => Number(part ?? 0)),
      now,
      utc,
    );
  const match =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      given,
    );
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const start = fromParts([year, month, day, hour, minute, second], utc || match[7] !== undefined);
  if (start === null) return null;
  if (match[4] === undefined) return edge === 'end' ? start + dayMs - 1 : start;
  return start - offsetOf(match[7]);
}

function latestClock([hour = 0, minute = 0, second = 0]: number[], now: number, utc: boolean): number | null {
  for (const daysBack of [0, 1, 2]) {
    const day = new Date(now);
    if (utc) day.setUTCDate(day.getUTCDate() - daysBack);
    else day.setDate(day.getDate() - daysBack);
    const date = utc
      ? [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()]
      : [day.getFullYear(), day.getMonth() + 1, day.getDate()];
    const found = fromParts([...date, hour, minute, second], utc);
    if (found === null) return null;
    if (found <= now) return found;
  }
  return null;
}

/** Null for a day or a time that there is none of. */
function fromParts(parts: readonly number[], utc: boolean): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = utc
    ? new Date(Date.UTC(year, month - 1, day, hour, minute, second))
    : new Date(year, month - 1, day, hour, minute, second);
  // The 30th of February becomes a day of March.
  const same = (utc ? date.getUTCDate() : date.getDate()) === day;
  return same && month >= 1 && month <= 12 ? date.getTime() : null;
}

/** Milliseconds that a zone such as `+02:00` is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -1 : 1) * minutes * 60_000;
}
