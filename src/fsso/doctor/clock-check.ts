import { type Check, good, type Need, warned } from './check.ts';

/** Seconds: logons are given wrong times from the first on, Kerberos refuses from the second on. */
const bands = { warn: 5, most: 300 } as const;

/** What the clock of a machine means for its logons; `skewMs` is it minus ours, null where it does not say. */
export function clockCheck(skewMs: number | null, neededBy: readonly Need[]): Check {
  if (skewMs === null)
    return {
      check: 'clock',
      verdict: 'skipped',
      detail: 'the machine does not say',
      neededBy: [],
      problem: null,
    };
  const seconds = Math.round(skewMs / 1000);
  const detail =
    seconds === 0 ? 'as ours' : `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
  if (Math.abs(seconds) <= bands.warn) return good('clock', detail, neededBy);
  const problem = {
    stage: 'clock',
    code: null,
    message: `its clock is ${detail}`,
    cause: 'One of the two machines does not follow a time server, or they follow different ones.',
    fix: ['let both follow the same time servers: w32tm /query /status there, timedatectl here'],
  };
  return Math.abs(seconds) > bands.most
    ? { check: 'clock', verdict: 'failed', detail, neededBy, problem }
    : warned('clock', detail, neededBy, problem);
}
