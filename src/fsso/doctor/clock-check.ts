import { type Check, good, type Need, refused, warned } from './check.ts';
import { clockCommands } from './commands.ts';

/** Seconds: logons are given wrong times from the first on, Kerberos refuses from the second on. */
const bands = { warn: 5, most: 300 } as const;

/** What the clock of a machine means for its logons; `skewMs` is it minus ours, null where it does not say. */
export function clockCheck(skewMs: number | null, host: string, neededBy: readonly Need[]): Check {
  const name = 'clock';
  if (skewMs === null)
    return {
      ...{ check: name, verdict: 'unknown', detail: 'the machine does not say' },
      ...{ neededBy: [], problem: null, run: [] },
    };
  const seconds = Math.round(skewMs / 1000);
  const detail =
    seconds === 0 ? 'as ours' : `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
  if (Math.abs(seconds) <= bands.warn) return good(name, detail, neededBy);
  const problem = {
    stage: 'clock',
    code: null,
    message: `its clock is ${detail}`,
    cause: 'One of the two machines does not follow a time server, or they follow different ones.',
    fix: [
      'let both follow the same time servers: look with timedatectl here, and with the command below there',
    ],
  };
  const run = clockCommands(host);
  return Math.abs(seconds) > bands.most
    ? { ...refused(name, problem, neededBy, run), detail }
    : warned(name, detail, neededBy, problem, run);
}
