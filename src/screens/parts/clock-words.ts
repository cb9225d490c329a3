import { age } from '../text/format.ts';

/** A clock that is less off than this is not worth a word: agents and networks take their time. */
const tolerance = 60_000;

/** A clock that is so many milliseconds ahead of ours, negative where it is behind, makes ages wrong. */
export function isClockOff(skewMs: number | null | undefined): skewMs is number {
  return typeof skewMs === 'number' && Math.abs(skewMs) >= tolerance;
}

/** How far it is off: `7m behind ours`. */
export function clockWords(skewMs: number): string {
  return isClockOff(skewMs)
    ? `${age(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} ours`
    : 'within a minute of ours';
}
