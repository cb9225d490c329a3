import { type GroupLookup, type UserGroups, userGroups } from './lookup.ts';

/** The form in which users are compared. */
export function userKey(domain: string, user: string): string {
  return `${domain}\\${user}`.toUpperCase();
}

/** Whether a key of `userKey` is meant by `DOMAIN\\user`, or by `user` of any domain; null means everybody. */
export function isMeant(key: string, who: string | null): boolean {
  if (who === null) return true;
  const folded = who.toUpperCase();
  return folded.includes('\\') ? key === folded : key.endsWith(`\\${folded}`);
}

/** Groups from the configuration: those of `DOMAIN\user`, case not minded, and those of `*`, which everybody has. */
export class StaticGroups implements GroupLookup {
  readonly #everybody: UserGroups;
  readonly #dnsNameOf: (domain: string) => string | null;
  readonly #users = new Map<string, UserGroups>();
  /** Keys that can never match, because they name no domain. */
  readonly useless: readonly string[];

  /** @param dnsNameOf the other name of a domain, under which users may be named too; null where it has none */
  constructor(
    groups: Readonly<Record<string, readonly string[]>>,
    dnsNameOf: (domain: string) => string | null = () => null,
  ) {
    this.#dnsNameOf = dnsNameOf;
    const common = groups['*'] ?? [];
    this.#everybody = userGroups(common, 'configuration');
    const byUser = new Map<string, string[]>();
    const useless: string[] = [];
    for (const [key, own] of Object.entries(groups)) {
      if (key === '*') continue;
      if (!/^[^\\]*\\./s.test(key)) useless.push(key);
      const folded = key.toUpperCase();
      byUser.set(folded, [...(byUser.get(folded) ?? []), ...own]);
    }
    for (const [key, own] of byUser) this.#users.set(key, userGroups([...own, ...common], 'configuration'));
    this.useless = useless;
  }

  /** The groups of a user; those of everybody when the configuration does not name the user. */
  of(domain: string, user: string): UserGroups {
    return this.named(domain, user) ?? this.#everybody;
  }

  /** The groups of a user whom the configuration names, those of everybody among them; else null. */
  named(domain: string, user: string): UserGroups | null {
    if (this.#users.size === 0) return null;
    const known = this.#users.get(userKey(domain, user));
    if (known) return known;
    const dns = this.#dnsNameOf(domain);
    return dns === null ? null : (this.#users.get(userKey(dns, user)) ?? null);
  }

  /** Groups that everybody has. */
  get common(): readonly string[] {
    return this.#everybody.names;
  }
}
