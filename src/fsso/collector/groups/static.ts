import { type GroupLookup, type UserGroups, userGroups } from './lookup.ts';

const userKey = (domain: string, user: string) => `${domain}\\${user}`.toUpperCase();

/** Groups from the configuration: those of `DOMAIN\user`, case not minded, and those of `*`, which everybody has. */
export class StaticGroups implements GroupLookup {
  readonly #everybody: UserGroups;
  readonly #users = new Map<string, UserGroups>();
  /** Keys that can never match, because they name no domain. */
  readonly useless: readonly string[];

  constructor(groups: Readonly<Record<string, readonly string[]>>) {
    const common = groups['*'] ?? [];
    this.#everybody = userGroups(common);
    const byUser = new Map<string, string[]>();
    const useless: string[] = [];
    for (const [key, own] of Object.entries(groups)) {
      if (key === '*') continue;
      if (!/^[^\\]*\\./s.test(key)) useless.push(key);
      const folded = key.toUpperCase();
      byUser.set(folded, [...(byUser.get(folded) ?? []), ...own]);
    }
    for (const [key, own] of byUser) this.#users.set(key, userGroups([...own, ...common]));
    this.useless = useless;
  }

  /** The groups of a user; those of everybody when the configuration does not name the user. */
  of(domain: string, user: string): UserGroups {
    if (this.#users.size === 0) return this.#everybody;
    return this.#users.get(userKey(domain, user)) ?? this.#everybody;
  }
}
