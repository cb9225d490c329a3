import { groupKey, joinGroups } from '../../wire/groups.ts';

/** The groups of one user, with the forms that filters and records need. Shared by all entries that have them. */
export interface UserGroups {
  readonly names: readonly string[];
  /** The names as they are compared. */
  readonly keys: readonly string[];
  /** All names in one text. */
  readonly text: string;
  /** The same in the form that is sent where a filter matched (docs/protocol/fsso.md, Group filters). */
  readonly matchedText: string;
}

/** Puts together what belongs to a list of groups; a name that comes twice, whatever its case, is taken once. */
export function userGroups(groups: readonly string[]): UserGroups {
  const byKey = new Map<string, string>();
  for (const group of groups)
    if (group !== '' && !byKey.has(groupKey(group))) byKey.set(groupKey(group), group);
  const names = [...byKey.values()];
  const keys = [...byKey.keys()];
  return { names, keys, text: joinGroups(names), matchedText: joinGroups(keys) };
}

const userKey = (domain: string, user: string) => `${domain}\\${user}`.toUpperCase();

/** Groups from the configuration: those of `DOMAIN\user`, case not minded, and those of `*`, which everybody has. */
export class StaticGroups {
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
