import type { DirectoryClient } from '../client.ts';
import type { DirectoryEntry } from '../entry.ts';
import { all, any, equals } from '../filters.ts';
import { type Domain, domainOf, type Forest } from './forest.ts';
import { domainSid, sidText } from './sid.ts';

/** A user, or a machine, of a directory. */
export interface Account {
  readonly dn: string;
  readonly sid: string;
  /** Of its primary group, which is not among `memberOf`; null where it has none. */
  readonly primaryGroup: string | null;
  /** Distinguished names of the groups that it is a direct member of. */
  readonly memberOf: readonly string[];
}

const attributes = ['objectSid', 'primaryGroupID', 'memberOf', 'userPrincipalName'];

/**
 * The account of this name: `nameAttribute`, mostly `sAMAccountName`, or `userPrincipalName` where it has an `@`; a name `user@corp.example` that is
 * nobody's principal name is the user of that domain. Null where nobody has it.
 * @param domain null: whatever domain the server knows
 */
export async function findAccount(
  client: Pick<DirectoryClient, 'search'>,
  forest: Forest,
  base: string,
  domain: Domain | null,
  user: string,
  nameAttribute: string,
): Promise<Account | null> {
  const at = user.lastIndexOf('@');
  const names = [equals(nameAttribute, user)];
  if (at > 0) names.push(equals('userPrincipalName', user), equals('sAMAccountName', user.slice(0, at)));
  const found = await client.search({
    base,
    scope: 'sub',
    filter: all(equals('objectClass', 'user'), any(names)),
    attributes: [...attributes, nameAttribute],
    octets: ['objectSid'],
  });
  const suffix = at > 0 ? user.slice(at + 1).toUpperCase() : null;
  const fits = (entry: DirectoryEntry): boolean => {
    const own = domainOf(forest, entry.dn);
    if (entry.text('userPrincipalName')?.toUpperCase() === user.toUpperCase()) return true;
    // The part before the @ counts in the domain that is behind it only.
    if (entry.text(nameAttribute)?.toUpperCase() !== user.toUpperCase())
      return own !== null && [own.dns.toUpperCase(), own.netbios.toUpperCase()].includes(suffix ?? '');
    return domain === null || own === null || own.dn === domain.dn;
  };
  const candidates = found.filter(fits);
  const exact = candidates.find(
    (entry) => entry.text('userPrincipalName')?.toUpperCase() === user.toUpperCase(),
  );
  const entry = exact ?? candidates[0];
  return entry ? accountOf(entry) : null;
}

/** The account behind an entry that was asked for these attributes; null without a SID. */
export function accountOf(entry: DirectoryEntry): Account | null {
  const [bytes] = entry.octets('objectSid');
  const sid = bytes ? sidText(bytes) : null;
  if (sid === null) return null;
  const primary = entry.number('primaryGroupID');
  return {
    dn: entry.dn,
    sid,
    primaryGroup: primary === null ? null : `${domainSid(sid)}-${primary}`,
    memberOf: entry.texts('memberOf'),
  };
}
