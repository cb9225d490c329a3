import type { Clock, Timer } from '../../../clock.ts';
import { type Job, runInSlices } from '../../../slices.ts';
import type { Entry } from '../entry.ts';
import { regroupPause, renewalsAtOnce } from '../limits.ts';
import type { DirectoryGroups } from './directory.ts';
import type { UserGroups } from './lookup.ts';
import { isMeant, userKey } from './static.ts';

export interface RenewalOptions {
  readonly clock: Clock;
  /** Milliseconds between two look-ups for everybody who is logged on; 0: only at logon. */
  readonly intervalMs: number;
  readonly groups: Pick<DirectoryGroups, 'renew'>;
  /** Every entry as it is now. */
  readonly entries: () => readonly Entry[];
  readonly regroup: (entry: Entry, groups: UserGroups) => void;
}

interface Renewed {
  readonly domain: string;
  readonly user: string;
  /** The groups of all entries of the user; null where they are not the same. */
  readonly before: string | null;
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
  async renewAll(users = this.#users(null)): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    await this.#renew(users);
    this.#isRenewing = false;
  }

  /**
   * Begins to ask for the groups of a user who is logged on, `DOMAIN\\user` or `user`, or of everybody. How many users that are; null where
   * a round for everybody is under way.
   */
  renew(who: string | null): number | null {
    if (who === null && this.#isRenewing) return null;
    const users = this.#users(who);
    if (who === null) void this.renewAll(users);
    else void this.#renew(users);
    return users.size;
  }

  #users(who: string | null): Map<string, Renewed> {
    const users = new Map<string, Renewed>();
    for (const entry of this.#options.entries()) {
      const { domain, user, groups } = entry;
      const key = userKey(domain, user);
      if (groups.source !== 'directory' || !isMeant(key, who)) continue;
      const known = users.get(key);
      const isAlike = known === undefined || known.before === groups.text;
      users.set(key, { domain, user, before: isAlike ? groups.text : null });
    }
    return users;
  }

  async #renew(users: ReadonlyMap<string, Renewed>): Promise<void> {
    const waiting = users.entries();
    const work = async (): Promise<void> => {
      for (const [key, { domain, user, before }] of waiting) {
        if (this.#isStopped) return;
        const groups = await this.#options.groups.renew(domain, user);
        // Also where what was said before is forgotten.
        if (groups.text !== before) this.changed(key, groups);
      }
    };
    await Promise.all(Array.from({ length: renewalsAtOnce }, work));
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
