import { age } from '../text/format.ts';

/** Coarser than `age`, because each second that changes on an idle screen costs bytes on a slow link: `<1m`, `3m`. */
export function minutesSince(time: number | null, now: number): string {
  if (time === null) return '';
  return now - time < 60_000 ? '<1m' : age(now - time);
}

/** A collector that is well says something every 10 s, so that a healthy link always shows the same. */
export const healthySilenceMs = 15_000;

/** How long ago the last byte came: `<15s` on a healthy link. */
export function heardSince(time: number | null, now: number): string {
  if (time === null) return '';
  return now - time < healthySilenceMs ? '<15s' : age(now - time);
}
