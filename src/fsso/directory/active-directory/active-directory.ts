import type { Clock } from '../../../clock.ts';
import type { DirectoryClient } from '../client.ts';
import { findAccount } from './accounts.ts';
import { readControllers } from './controllers.ts';
import { type Domain, domainNamed, domainOf, type Forest, readForest } from './forest.ts';
import { type DirectoryGroup, GroupTable } from './group-table.ts';
import { directGroups, foreignGroups, nestedGroupsByToken, nestedGroupsInChain } from './memberships.ts';
import { isBuiltin } from './sid.ts';

/** `standard`: `DOMAIN/GROUP`, direct membership. `advanced`: distinguished names, nested groups. */
export type AccessMode = 'standard' | 'advanced';

export interface ActiveDirectoryOptions {
  readonly client: DirectoryClient;
  readonly clock: Clock;
  readonly mode: AccessMode;
  /** Where accounts and groups are searched; null: in the whole domain of the server. */
  readonly base: string | null;
  /** Attribute with the name of a user; absent: `sAMAccountName`. */
  readonly nameAttribute?: string;
  /** How nested groups are found. */
  readonly nested: 'token-groups' | 'in-chain';
  /** Universal groups count too; the guide has domain local and global ones only. */
  readonly takesUniversal: boolean;
  /** Milliseconds that groups and the names of domains are known before they are asked for again. */
  readonly keptMs: number;
}

/** The attribute that Windows names users by. */
const accountName = 'sAMAccountName';

/** What a directory knows of a user. */
export interface UserInDirectory {
  readonly dn: string;
  readonly sid: string;
  /** In the form of the mode, sorted. */
  readonly groups: readonly string[];
  /** SIDs of the groups that count, and of the user: what a trusting directory may know them by. */
  readonly sids: readonly string[];
}

/** One Active Directory domain, or the global catalogue of a forest. Every promise rejects with DirectoryFailure. */
export class ActiveDirectory {
  readonly #options: ActiveDirectoryOptions;
  readonly #groups: GroupTable;
  #forest: { known: Promise<Forest>; until: number } | null = null;

  constructor(options: ActiveDirectoryOptions) {
    this.#options = options;
    this.#groups = new GroupTable(options.client, options.clock, options.keptMs);
  }

  get client(): DirectoryClient {
    return this.#options.client;
  }

  /** Forgets groups and domains. */
  clear(): void {
    this.#groups.clear();
    this.#forest = null;
  }

  /** The domains that the server knows, with the one that is its own. */
  async forest(): Promise<Forest> {
    const { clock, client, keptMs } = this.#options;
    if (this.#forest === null || clock.now() >= this.#forest.until) {
      const known = readForest(client);
      const kept = { known, until: clock.now() + keptMs };
      this.#forest = kept;
      known.catch(() => {
        if (this.#forest === kept) this.#forest = null;
      });
    }
    return this.#forest.known;
  }

  /** True where users of this domain are found here; a blank name is any. */
  async serves(domain: string): Promise<boolean> {
    const forest = await this.forest();
    if (domain === '') return true;
    const named = domainNamed(forest, domain);
    if (named === null) return false;
    return this.#isCatalogue || domainOf(forest, forest.base)?.dn === named.dn;
  }

  /**
   * The user with the groups that count; null where nobody has the name.
   * @param domain NetBIOS or DNS name; blank: any that the server knows
   */
  async user(domain: string, user: string): Promise<UserInDirectory | null> {
    const { client, mode, nested } = this.#options;
    const forest = await this.forest();
    const base = this.#base(forest);
    const account = await findAccount(
      client,
      forest,
      base,
      domainNamed(forest, domain),
      user,
      this.#options.nameAttribute ?? accountName,
    );
    if (account === null) return null;
    const all = await (mode === 'standard'
      ? directGroups(this.#groups, base, account)
      : nested === 'token-groups'
        ? nestedGroupsByToken(client, this.#groups, base, account)
        : nestedGroupsInChain(client, this.#groups, base, account));
    const groups = this.#counting(all);
    return {
      dn: account.dn,
      sid: account.sid,
      groups: this.#texts(forest, groups),
      sids: [account.sid, ...groups.map(({ sid }) => sid)],
    };
  }

  /** Every group of a user that counts, in both forms, and whether the user is in it directly; null where nobody has the name. */
  async memberships(
    domain: string,
    user: string,
  ): Promise<{ dn: string; groups: { dn: string; name: string; isDirect: boolean }[] } | null> {
    const { client, nested, nameAttribute } = this.#options;
    const forest = await this.forest();
    const base = this.#base(forest);
    const named = domainNamed(forest, domain);
    const account = await findAccount(client, forest, base, named, user, nameAttribute ?? accountName);
    if (account === null) return null;
    const direct = new Set((await directGroups(this.#groups, base, account)).map(({ sid }) => sid));
    const find = nested === 'token-groups' ? nestedGroupsByToken : nestedGroupsInChain;
    const all = this.#counting(await find(client, this.#groups, base, account));
    return {
      dn: account.dn,
      groups: all
        .map((group) => ({
          dn: group.dn,
          name: `${netbiosOf(domainOf(forest, group.dn), group.dn)}/${group.name}`,
          isDirect: direct.has(group.sid),
        }))
        .toSorted((one, other) => Number(other.isDirect) - Number(one.isDirect)),
    };
  }

  /** The groups of this directory that somebody of a trusted one is in. */
  async foreign(sids: readonly string[]): Promise<string[]> {
    const forest = await this.forest();
    const found = await foreignGroups(
      this.#options.client,
      this.#base(forest),
      sids,
      this.#options.mode === 'advanced',
    );
    return this.#texts(forest, this.#counting(found));
  }

  /** DNS names of the domain's controllers; null where the domain is not served here. */
  async controllers(domain: string): Promise<string[] | null> {
    const forest = await this.forest();
    const named = (await this.serves(domain)) ? domainNamed(forest, domain) : null;
    return named && readControllers(this.#options.client, named.dn);
  }

  get #isCatalogue(): boolean {
    return this.client.servers.every(({ server }) => /:326[89]$/.test(server));
  }

  #base(forest: Forest): string {
    // The global catalogue holds the whole forest, which has the blank name as its root.
    return this.#options.base ?? (this.#isCatalogue ? '' : forest.base);
  }

  #counting(groups: readonly DirectoryGroup[]): DirectoryGroup[] {
    const bySid = new Map(groups.map((group) => [group.sid, group]));
    return [...bySid.values()].filter(
      ({ isSecurity, scope, sid }) =>
        isSecurity &&
        scope !== 'builtin' &&
        !isBuiltin(sid) &&
        (scope !== 'universal' || this.#options.takesUniversal),
    );
  }

  #texts(forest: Forest, groups: readonly DirectoryGroup[]): string[] {
    const text = ({ dn, name }: DirectoryGroup): string => {
      if (this.#options.mode === 'advanced') return dn;
      return `${netbiosOf(domainOf(forest, dn), dn)}/${name}`;
    };
    return groups.map(text).toSorted();
  }
}

/** The NetBIOS name of a group's domain; the first part of its name where the domain is not known. */
function netbiosOf(domain: Domain | null, dn: string): string {
  return domain?.netbios ?? /(?:^|,)DC=([^,]+)/i.exec(dn)?.[1]?.toUpperCase() ?? '';
}
