import type { Clock, Timer } from '../../clock.ts';
import type { LabMachine } from '../windows/machine.ts';

/** The whole is played again after so long, for whoever looks later; in milliseconds, as all of these. */
export const troublesEvery = 180_000;
/** When the account loses its right, and when it has it again. */
export const deniedAt = 20_000;
export const deniedFor = 40_000;
export const clearedAt = 90_000;

export interface Troubled {
  /** The machine whose log may not be read for a while. */
  readonly denied: LabMachine;
  /** The machine whose log somebody clears. */
  readonly cleared: LabMachine;
  /** Who polls. */
  readonly account: string;
}

/** What goes wrong with domain controllers that are polled, again and again; gives what ends it. */
export function startTroubles({ denied, cleared, account }: Troubled, clock: Clock): () => void {
  let timers: Timer[] = [];
  const play = () => {
    timers = [
      clock.after(deniedAt, () => denied.take(account, 'event-log')),
      clock.after(deniedAt + deniedFor, () => denied.give(account, 'event-log')),
      clock.after(clearedAt, () => cleared.security.clear()),
      clock.after(troublesEvery, play),
    ];
  };
  play();
  return () => {
    for (const timer of timers) timer.cancel();
  };
}
