import type { Clock, Timer } from '../../../clock.ts';
import { type Job, runInSlices } from '../../../slices.ts';
import type { Entry } from '../entry.ts';
import { regroupPause, renewalsAtOnce } from '../limits.ts';
import type { DirectoryGroups } from './directory.ts';
import type { UserGroups } from './lookup.ts';
import { userKey } from './static.ts';

export interface RenewalOptions {
  readonly clock: Clock;
  /** Milliseconds between two look-ups for everybody who is logged on; 0: only at logon. */
  readonly intervalMs: number;
  readonly groups: Pick<DirectoryGroups, 'renew'>;
  /** Every entry as it is now. */
  readonly entries: () => readonly Entry[];
  readonly regroup: (entry: Entry, groups: UserGroups) => void;
}

/** Brings groups that changed to the entries that have them, and asks anew for everybody where an interval is set. */
export class GroupRenewal {
  readonly #options: RenewalOptions;
  readonly #timer: Timer | null;
  #changed = new Map<string, UserGroups>();
  #sweepTimer: Timer | null = null;
  #sweep: Job | null = null;
  #isRenewing = false;
  #isStopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    const { clock, intervalMs } = options;
    this.#timer = intervalMs === 0 ? null : clock.every(intervalMs, () => void this.renewAll());
  }

  /** Notes that a user has other groups; the entries get them within a second. */
  changed(key: string, groups: UserGroups): void {
    if (this.#isStopped) return;
    this.#changed.set(key, groups);
    this.#sweepTimer ??= this.#options.clock.after(regroupPause, () => this.#begin());
  }

  /** Asks for the groups of everybody who is logged on, a few at a time. A round that is under way goes on alone. */
  async renewAll(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const users = new Map<string, Entry>();
    for (const entry of this.#options.entries())
      if (entry.groups.source === 'directory') users.set(userKey(entry.domain, entry.user), entry);
    const waiting = users.values();
    const work = async (): Promise<void> => {
      for (const { domain, user } of waiting) {
        if (this.#isStopped) return;
        await this.#options.groups.renew(domain, user);
      }
    };
    await Promise.all(Array.from({ length: renewalsAtOnce }, work));
    this.#isRenewing = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#sweepTimer?.cancel();
    this.#sweep?.cancel();
  }

  #begin(): void {
    this.#sweepTimer = null;
    const changed = this.#changed;
    this.#changed = new Map();
    const { clock, entries, regroup } = this.#options;
    this.#sweep = runInSlices(
      clock,
      (function* () {
        for (const entry of entries()) {
          const groups =
            entry.groups.source === 'directory' ? changed.get(userKey(entry.domain, entry.user)) : undefined;
          if (groups !== undefined) regroup(entry, groups);
          yield;
        }
      })(),
    );
  }
}
