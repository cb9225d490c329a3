import type { Clock, Timer } from '../../../clock.ts';
import type { ActiveDirectory, UserInDirectory } from '../../directory/active-directory/active-directory.ts';
import type { Domain } from '../../directory/active-directory/forest.ts';
import type { DirectoryClient, DirectoryServerHealth } from '../../directory/client.ts';
import { DirectoryFailure } from '../../directory/failure.ts';
import { collectorEvent, type Report } from '../events.ts';
import { longestUnrenewed, mostUsersKept, owedPause, renewalsAtOnce, unknownKept } from '../limits.ts';
import { Repeats } from '../repeats.ts';
import { type GroupLookup, sameGroups, type UserGroups, userGroups } from './lookup.ts';
import { isMeant, userKey } from './static.ts';

/** A directory of the configuration. */
export interface NamedDirectory {
  readonly name: string;
  readonly directory: Pick<
    ActiveDirectory,
    'serves' | 'user' | 'foreign' | 'controllers' | 'clear' | 'forest'
  > & {
    readonly client: Pick<DirectoryClient, 'servers' | 'waiting' | 'stop'>;
  };
}

export interface DirectoryGroupsOptions {
  /** Asked in this order for the one that serves a user's domain. */
  readonly directories: readonly NamedDirectory[];
  /** Groups that everybody has besides. */
  readonly common: readonly string[];
  /** Milliseconds that the groups of a user are known; 0 asks with every logon. */
  readonly keptMs: number;
  /** Users of one directory may be in groups of the others. */
  readonly followsTrusts: boolean;
  readonly clock: Clock;
  readonly report: Report;
  /** A user whom a look-up answered for before has other groups now. */
  readonly changed: (key: string, groups: UserGroups) => void;
}

/** A directory as it stands. */
export interface DirectoryHealth {
  readonly name: string;
  /** Searches that wait for a place. */
  readonly waiting: number;
  readonly servers: readonly DirectoryServerHealth[];
}

interface Kept {
  readonly groups: UserGroups;
  /** Until then it is answered with; milliseconds since the epoch. */
  readonly until: number;
  /** When a directory last said so; null where it could not be asked yet. */
  readonly foundAt: number | null;
}

/**
 * Groups from directories. An answer is known for a while; when a directory fails, what it last said still holds, up to a
 * day, and whoever it was never asked about is entered without groups and asked about again until it answers.
 */
export class DirectoryGroups implements GroupLookup {
  readonly #options: DirectoryGroupsOptions;
  readonly #nobody: UserGroups;
  readonly #repeats: Repeats;
  /** In the order in which they were found: the first is the oldest. */
  readonly #kept = new Map<string, Kept>();
  readonly #pending = new Map<string, Promise<UserGroups>>();
  /** Who was entered without groups because no directory could be asked. */
  readonly #owed = new Map<string, { domain: string; user: string }>();
  #retry: Timer | null = null;
  #isStopped = false;

  constructor(options: DirectoryGroupsOptions) {
    this.#options = options;
    this.#nobody = userGroups(options.common, 'directory');
    this.#repeats = new Repeats(options.clock);
  }

  get health(): DirectoryHealth[] {
    return this.#options.directories.map(({ name, directory }) => ({
      name,
      waiting: directory.client.waiting,
      servers: directory.client.servers,
    }));
  }

  /** Users whose groups are known, and users who wait for a directory that can be asked. */
  get counts(): { readonly known: number; readonly owed: number } {
    return { known: this.#kept.size, owed: this.#owed.size };
  }

  of(domain: string, user: string): UserGroups | Promise<UserGroups> {
    const key = userKey(domain, user);
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#options.clock.now() < kept.until) return kept.groups;
    return this.#ask(key, domain, user);
  }

  /** Takes over what a directory said before this program began: it holds as what was said last, and is asked about soon. */
  adopt(domain: string, user: string, groups: UserGroups): void {
    const key = userKey(domain, user);
    if (this.#kept.has(key)) return;
    const now = this.#options.clock.now();
    this.#keep(key, { groups, until: now, foundAt: now });
    this.#owe(key, domain, user);
  }

  /** Asks anew, whatever is known. Never rejects. */
  renew(domain: string, user: string): Promise<UserGroups> {
    return this.#ask(userKey(domain, user), domain, user);
  }

  /** DNS names of a domain's controllers; none where no directory serves it. Rejects with DirectoryFailure. */
  async controllers(domain: string): Promise<readonly string[]> {
    const home = await this.#directoryOf(domain, '');
    return (await home?.directory.controllers(domain)) ?? [];
  }

  /** Every domain that a directory knows. Rejects with DirectoryFailure where none can be asked. */
  async domains(): Promise<readonly Domain[]> {
    const asked = this.#options.directories.map(async ({ directory }) => (await directory.forest()).domains);
    const answers = await Promise.allSettled(asked);
    const known = answers.filter((answer) => answer.status === 'fulfilled');
    if (known.length === 0) await Promise.all(asked);
    return known.flatMap(({ value }) => value);
  }

  /** Forgets what directories said of a user, `DOMAIN\\user` or `user`, or of everybody. Of how many users that was. */
  clear(who: string | null): number {
    const before = this.#kept.size;
    for (const key of this.#kept.keys()) if (isMeant(key, who)) this.#kept.delete(key);
    // What groups are in which others is known for all users together.
    for (const { directory } of this.#options.directories) directory.clear();
    return before - this.#kept.size;
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    for (const { directory } of this.#options.directories) directory.client.stop();
  }

  #ask(key: string, domain: string, user: string): Promise<UserGroups> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const asked = this.#find(domain, user)
      .then(
        (found) => this.#found(key, domain, user, found),
        (error: unknown) => this.#failed(key, domain, user, error),
      )
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  async #find(domain: string, user: string): Promise<UserInDirectory | null> {
    const home = await this.#directoryOf(domain, user);
    const found = (await home?.directory.user(domain, user)) ?? null;
    if (found === null || !this.#options.followsTrusts) return found;
    const others = this.#options.directories.filter((each) => each !== home);
    const foreign = await Promise.all(
      others.map(({ directory }) =>
        // A trusting directory that cannot be asked must not keep a user from the groups at home.
        directory.foreign(found.sids).catch((error: unknown) => {
          this.#told(domain, user, error, false);
          return [];
        }),
      ),
    );
    return { ...found, groups: [...found.groups, ...foreign.flat()] };
  }

  /** The directory that serves the domain; null where none of those that can be asked does. */
  async #directoryOf(domain: string, user: string): Promise<NamedDirectory | null> {
    const suffix = user.includes('@') ? user.slice(user.lastIndexOf('@') + 1) : '';
    let failure: unknown = null;
    for (const name of domain === '' ? [suffix, ''] : [domain])
      for (const each of this.#options.directories)
        try {
          if (await each.directory.serves(name)) return each;
        } catch (error) {
          failure ??= error;
        }
    if (failure !== null) throw failure;
    return null;
  }

  #found(key: string, domain: string, user: string, found: UserInDirectory | null): UserGroups {
    const { clock, keptMs, common, report } = this.#options;
    if (found === null) {
      const held = this.#repeats.pass(`unknown ${key}`);
      if (held !== null)
        report(
          collectorEvent({
            msg: 'user not in a directory',
            user,
            domain,
            ...(held > 0 && { repeated: held }),
          }),
        );
    }
    const fresh =
      found === null ? this.#nobody : userGroups([...found.groups, ...common], 'directory', found.dn);
    const before = this.#kept.get(key);
    // The same object while nothing changed, so that entries share it.
    const groups = before && sameGroups(before.groups, fresh) ? before.groups : fresh;
    const now = clock.now();
    this.#keep(key, {
      groups,
      until: now + (found === null ? Math.max(keptMs, unknownKept) : keptMs),
      foundAt: now,
    });
    this.#owed.delete(key);
    if (before !== undefined && groups !== before.groups) this.#options.changed(key, groups);
    return groups;
  }

  #failed(key: string, domain: string, user: string, error: unknown): UserGroups {
    const now = this.#options.clock.now();
    const kept = this.#kept.get(key);
    const isKnown = kept !== undefined && kept.foundAt !== null && now - kept.foundAt < longestUnrenewed;
    if (!this.#isStopped) {
      this.#told(domain, user, error, isKnown);
      this.#owe(key, domain, user);
    }
    const groups = isKnown ? kept.groups : this.#nobody;
    this.#keep(key, { groups, until: now + owedPause, foundAt: isKnown ? kept.foundAt : null });
    return groups;
  }

  /** Says it once in a while: when a directory is away, every logon would. */
  #told(domain: string, user: string, error: unknown, isKnown: boolean): void {
    const { message, stage, code } =
      error instanceof DirectoryFailure
        ? error.problem
        : { message: String(error), stage: 'search', code: null };
    const held = this.#repeats.pass(`groups ${stage} ${code}`);
    if (held === null) return;
    this.#options.report(
      collectorEvent({
        msg: 'groups not looked up',
        user,
        domain,
        why: message,
        kept: isKnown,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    if (this.#kept.size >= mostUsersKept) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(key, kept);
  }

  #owe(key: string, domain: string, user: string): void {
    if (this.#owed.size < mostUsersKept) this.#owed.set(key, { domain, user });
    this.#retry ??= this.#options.clock.after(owedPause, () => void this.#payBack());
  }

  /** Asks about those who are owed their groups: the first alone, and the others once it was answered. */
  async #payBack(): Promise<void> {
    const owed = this.#owed.entries();
    let isAnswered = true;
    const work = async (most: number): Promise<void> => {
      for (let asked = 0; asked < most && isAnswered && !this.#isStopped; asked++) {
        const { value: next } = owed.next();
        if (next === undefined) return;
        const [key, { domain, user }] = next;
        this.#owed.delete(key);
        await this.renew(domain, user);
        // Whoever is still not known was put back.
        isAnswered = !this.#owed.has(key);
      }
    };
    await work(1);
    await Promise.all(Array.from({ length: renewalsAtOnce }, () => work(Number.POSITIVE_INFINITY)));
    this.#retry = null;
    if (this.#owed.size > 0 && !this.#isStopped)
      this.#retry = this.#options.clock.after(owedPause, () => void this.#payBack());
  }
}
