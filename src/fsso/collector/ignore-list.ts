import { AddressRanges } from './address-ranges.ts';
import type { IgnoredBecause } from './events.ts';
import { isMachineAccount } from './feeds/account.ts';
import type { FeedLogon } from './feeds/feed.ts';

export interface IgnoreOptions {
  /** `user`, or `DOMAIN\user` where it is only one domain's; `*` and `?` stand for any text and any character. */
  readonly users: readonly string[];
  /** Leave out the accounts of computers, whose names end in `$`. */
  readonly machineAccounts: boolean;
  /** Addresses, `FIRST-LAST` ranges and networks at which logons of DC agents are left out. */
  readonly dcAgentAddresses: readonly string[];
}

interface Pattern {
  readonly domain: string | null;
  readonly user: string;
}

/** Users that no FortiGate is to hear of, such as service accounts (docs/protocol/fsso.md, Life of an entry). */
export class IgnoreList {
  readonly #machineAccounts: boolean;
  /** Without wildcards: as they are compared, each with its domain or without. */
  readonly #names = new Set<string>();
  readonly #patterns: Pattern[] = [];
  readonly #dcAgentAddresses: AddressRanges;

  /** @throws RangeError for an address that is none, in one line */
  constructor({ users, machineAccounts, dcAgentAddresses }: IgnoreOptions) {
    this.#machineAccounts = machineAccounts;
    this.#dcAgentAddresses = new AddressRanges(dcAgentAddresses);
    for (const each of users) {
      const name = each.toUpperCase();
      if (!/[*?]/.test(name)) {
        this.#names.add(name);
        continue;
      }
      const cut = name.indexOf('\\');
      this.#patterns.push({ domain: cut < 0 ? null : name.slice(0, cut), user: name.slice(cut + 1) });
    }
  }

  /** Why a logon is to be left out; null where it is not. */
  ignores({ user, domain, feed, ip }: FeedLogon): IgnoredBecause | null {
    if (this.#machineAccounts && isMachineAccount(user)) return 'machine-account';
    if (feed === 'dc-agent' && ip !== null && this.#dcAgentAddresses.has(ip)) return 'ignored-address';
    return this.#names.size + this.#patterns.length > 0 && this.#lists(user, domain) ? 'ignore-list' : null;
  }

  #lists(user: string, domain: string): boolean {
    const name = user.toUpperCase();
    const realm = domain.toUpperCase();
    return (
      this.#names.has(name) ||
      this.#names.has(`${realm}\\${name}`) ||
      this.#patterns.some(
        (pattern) => (pattern.domain === null || fits(realm, pattern.domain)) && fits(name, pattern.user),
      )
    );
  }
}

/**
 * True when the whole text fits a pattern of `*` (any text) and `?` (any character). Goes back only to the last `*`, so
 * that a hostile name costs its length times the pattern's, and no more.
 */
export function fits(text: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place;
      retry = at;
      place += 1;
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at])) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      retry += 1;
      at = retry;
      place = star + 1;
    } else return false;
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
