/** Where a user's groups come from: `external`, from the report; `remote-user`, from the collector's own look-up. */
export type UserType = 'external' | 'remote-user';

/** A user and the domain that the user belongs to; the domain is empty where nobody said one. */
export interface Account {
  readonly user: string;
  readonly domain: string;
}

/**
 * An account as devices write it: `DOMAIN\user`, `user@domain.example`, or a bare name, which then belongs to the default
 * domain (docs/protocol/fsso.md, Feeds).
 */
export function readAccount(written: string, defaultDomain: string): Account {
  const text = written.trim();
  const backslash = text.indexOf('\\');
  if (backslash !== -1)
    return { domain: text.slice(0, backslash) || defaultDomain, user: text.slice(backslash + 1) };
  // The last one: a guest's name may itself be a mail address, as in `anna@home.example@corp.example`.
  const at = text.lastIndexOf('@');
  if (at > 0) return { user: text.slice(0, at), domain: text.slice(at + 1) || defaultDomain };
  return { user: text, domain: defaultDomain };
}

/** True for the account of a computer, or of a group of services, which is no person's. */
export function isMachineAccount(user: string): boolean {
  return user.endsWith('$');
}
