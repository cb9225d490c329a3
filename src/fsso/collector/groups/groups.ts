import type { Clock } from '../../../clock.ts';
import type { Domain } from '../../directory/active-directory/forest.ts';
import type { EntryTable } from '../entries.ts';
import type { Entry } from '../entry.ts';
import { collectorEvent, type Report } from '../events.ts';
import { DirectoryGroups, type DirectoryHealth, type NamedDirectory } from './directory.ts';
import { type GroupLookup, type UserGroups, userGroups } from './lookup.ts';
import { GroupRenewal } from './renewal.ts';
import { StaticGroups } from './static.ts';

/** The directories of a collector. */
export interface DirectorySettings {
  /** Makes them; nothing is asked before the first logon. */
  readonly make: (context: { readonly clock: Clock; readonly report: Report }) => readonly NamedDirectory[];
  /** Milliseconds that the groups of a user are known; 0 asks with every logon. */
  readonly keptMs: number;
  /** Milliseconds between two look-ups for everybody who is logged on; 0: only at logon. */
  readonly intervalMs: number;
  readonly followsTrusts: boolean;
}

export interface CollectorGroupsOptions {
  readonly clock: Clock;
  /** By `DOMAIN\user`, and by `*` for everybody. */
  readonly configured: Readonly<Record<string, readonly string[]>>;
  /** null: none. */
  readonly directories: DirectorySettings | null;
  readonly entries: Pick<EntryTable, 'snapshot' | 'regroup'>;
  readonly report: Report;
  /** The other name of a domain, under which the configuration may name its users too; null where it has none. Absent: none has. */
  readonly dnsNameOf?: (domain: string) => string | null;
}

/** Where a collector has groups from: its configuration for whom that names, else the directories, else what everybody has. */
export class CollectorGroups implements GroupLookup {
  readonly #configured: StaticGroups;
  readonly #directory: DirectoryGroups | null;
  readonly #renewal: GroupRenewal | null;

  constructor(options: CollectorGroupsOptions) {
    const { clock, configured, directories, entries, report, dnsNameOf } = options;
    this.#configured = new StaticGroups(configured, dnsNameOf);
    if (directories === null) {
      this.#directory = null;
      this.#renewal = null;
      return;
    }
    const named = directories.make({ clock, report });
    for (const { name, directory } of named)
      if (directory.client.servers.some(({ security }) => security === 'plain'))
        report(collectorEvent({ msg: 'directory without TLS', directory: name }));
    const directory = new DirectoryGroups({
      directories: named,
      common: this.#configured.common,
      keptMs: directories.keptMs,
      followsTrusts: directories.followsTrusts,
      clock,
      report,
      changed: (key, groups) => this.#renewal?.changed(key, groups),
    });
    this.#directory = directory;
    this.#renewal = new GroupRenewal({
      clock,
      intervalMs: directories.intervalMs,
      groups: directory,
      entries: () => entries.snapshot(),
      regroup: (entry, groups) => entries.regroup(entry, groups),
    });
  }

  of(domain: string, user: string): UserGroups | Promise<UserGroups> {
    if (this.#directory === null) return this.#configured.of(domain, user);
    return this.#configured.named(domain, user) ?? this.#directory.of(domain, user);
  }

  /** For entries that were saved: the configuration as it is now; what a directory said holds until it was asked again. */
  restored(entries: readonly Entry[]): Entry[] {
    return entries.map((entry): Entry => {
      const { domain, user, groups, groupsReported } = entry;
      if (groupsReported) return entry;
      if (this.#directory === null) return { ...entry, groups: this.#configured.of(domain, user) };
      const named = this.#configured.named(domain, user);
      if (named !== null) return { ...entry, groups: named };
      // Entries that share their groups go on sharing them.
      const said = userGroups(groups.names, 'directory', groups.dn);
      this.#directory.adopt(domain, user, said);
      return { ...entry, groups: said };
    });
  }

  /** Keys of the configuration that can never match, because they name no domain. */
  get useless(): readonly string[] {
    return this.#configured.useless;
  }

  get directories(): DirectoryHealth[] {
    return this.#directory?.health ?? [];
  }

  /** Every domain that directories know; none where there are none. Rejects with DirectoryFailure where none can be asked. */
  async domains(): Promise<readonly Domain[]> {
    return (await this.#directory?.domains()) ?? [];
  }

  /** DNS names of a domain's controllers, as its directory knows them. Rejects with DirectoryFailure. */
  async controllers(domain: string): Promise<readonly string[]> {
    return (await this.#directory?.controllers(domain)) ?? [];
  }

  /** Directories are asked, so that there is something to forget and to ask again. */
  get asksDirectories(): boolean {
    return this.#directory !== null;
  }

  /**
   * Forgets what directories said of a user, `DOMAIN\\user` or `user`, or of everybody: they are asked again with the next logon. Of how many users
   * that was.
   */
  clear(who: string | null = null): number {
    return this.#directory?.clear(who) ?? 0;
  }

  /**
   * Begins to ask for the groups of a user who is logged on, or of everybody; entries get what changed. How many users that are; null where a
   * round for everybody is under way.
   */
  renew(who: string | null = null): number | null {
    return this.#renewal?.renew(who) ?? null;
  }

  stop(): void {
    this.#renewal?.stop();
    this.#directory?.stop();
  }
}
