import { coarseAge } from '../../coarse-age.ts';

/** A value that is not known: its cell stays blank, which is not 0. */
export type Unknown = null | undefined;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Coarse age of `ms` milliseconds: `59s`, `1m`, `3h`, `2d`. What lies in the future is `0s`. */
export function age(ms: number | Unknown): string {
  return isKnown(ms) ? coarseAge(ms) : '';
}

/** Coarse age of a time, both in milliseconds since the epoch. */
export function ageSince(time: number | Unknown, now: number): string {
  return isKnown(time) ? age(now - time) : '';
}

/** Time left of `ms` milliseconds, rounded up so that `0s` means now: `30s`, `2m`. */
export function countdown(ms: number | Unknown): string {
  if (!isKnown(ms)) return '';
  const left = Math.max(0, ms);
  if (left <= 59 * second) return `${Math.ceil(left / second)}s`;
  if (left <= 59 * minute) return `${Math.ceil(left / minute)}m`;
  if (left <= 23 * hour) return `${Math.ceil(left / hour)}h`;
  return `${Math.ceil(left / day)}d`;
}

/** A whole number with groups of three: `1,234`. */
export function count(value: number | Unknown): string {
  if (!isKnown(value)) return '';
  const digits = String(Math.abs(Math.trunc(value)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return value <= -1 ? `-${grouped}` : grouped;
}

/** The same in a narrow column: `12k`, `3M` where the number has more than `width` characters, so that no digit is cut off. */
export function countIn(width: number, value: number | Unknown): string {
  const whole = count(value);
  if (whole.length <= width || !isKnown(value)) return whole;
  const isThousands = Math.abs(value) < 1_000_000;
  return `${count(Math.trunc(value / (isThousands ? 1_000 : 1_000_000)))}${isThousands ? 'k' : 'M'}`;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in powers of 1024: `512 B`, `1.5 KiB`. */
export function bytes(value: number | Unknown): string {
  if (!isKnown(value)) return '';
  let amount = Math.max(0, value);
  let unit = 0;
  // 1023.95 would print as 1024.0.
  while (amount >= (unit === 0 ? 1024 : 1023.95) && unit < byteUnits.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.trunc(amount) : amount.toFixed(1)} ${byteUnits[unit]}`;
}

/** `HH:MM:SS`, UTC, of a time in milliseconds since the epoch. */
export function time(ms: number | Unknown): string {
  return iso(ms).slice(11, 19);
}

/** `YYYY-MM-DDTHH:MM:SSZ`, UTC, of a time in milliseconds since the epoch. */
export function dateTime(ms: number | Unknown): string {
  const text = iso(ms);
  return text === '' ? '' : `${text.slice(0, 19)}Z`;
}

/** A duration of an answer in milliseconds: `<1 ms`, `12 ms`, `1.2 s`. */
export function latency(ms: number | Unknown): string {
  if (!isKnown(ms)) return '';
  if (ms < 1) return '<1 ms';
  const rounded = Math.round(ms);
  return rounded < second ? `${rounded} ms` : `${(ms / second).toFixed(1)} s`;
}

/** The tenant of an EMS; 32 zeros are what EMS calls its default site (docs/protocol/ems.md, Endpoints). */
export function tenantText(tenant: string): string {
  return /^0{32}$/.test(tenant) ? 'default site' : tenant;
}

function iso(ms: number | Unknown): string {
  // Four-digit years only: others are a peer's nonsense and would shift the columns.
  const inRange = isKnown(ms) && ms >= -62_167_219_200_000 && ms < 253_402_300_800_000;
  return inRange ? new Date(ms).toISOString() : '';
}

function isKnown(value: number | Unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
