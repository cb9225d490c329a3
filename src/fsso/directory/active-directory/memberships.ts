import type { DirectoryClient } from '../client.ts';
import { all, any, equals, inChain } from '../filters.ts';
import type { Account } from './accounts.ts';
import { type DirectoryGroup, type GroupTable, groupAttributes, groupOf } from './group-table.ts';
import { isBuiltin, sidBytes, sidText } from './sid.ts';

type Client = Pick<DirectoryClient, 'search'>;

/** The groups that an account is a direct member of, its primary group among them. */
export async function directGroups(
  table: GroupTable,
  base: string,
  account: Account,
): Promise<DirectoryGroup[]> {
  const direct = await table.byNames(base, account.memberOf);
  return account.primaryGroup === null
    ? direct
    : [...(await table.bySids(base, [account.primaryGroup])), ...direct];
}

/** The SIDs of every group that an account is in, as the server itself works them out for an access token. */
export async function tokenSids(client: Client, account: Pick<Account, 'dn'>): Promise<string[]> {
  // A constructed attribute: servers give it for one object that is asked for by its name, and in no other search.
  const [entry] = await client.search({
    base: account.dn,
    scope: 'base',
    attributes: ['tokenGroups'],
    octets: ['tokenGroups'],
  });
  return (entry?.octets('tokenGroups') ?? []).flatMap((bytes) => sidText(bytes) ?? []);
}

/** Every group that an account is in, directly or through others, by its token. */
export async function nestedGroupsByToken(
  client: Client,
  table: GroupTable,
  base: string,
  account: Account,
): Promise<DirectoryGroup[]> {
  const sids = (await tokenSids(client, account)).filter((sid) => !isBuiltin(sid));
  return table.bySids(base, sids);
}

/** The same by one search that follows members; dearer for the server, for accounts whose token may not be read. */
export async function nestedGroupsInChain(
  client: Client,
  table: GroupTable,
  base: string,
  account: Account,
): Promise<DirectoryGroup[]> {
  // The primary group has the account without a link, so that what it is in has to be followed from there.
  const [primary] = account.primaryGroup === null ? [] : await table.bySids(base, [account.primaryGroup]);
  const starts = [account.dn, ...(primary ? [primary.dn] : [])];
  const found = await client.search({
    base,
    scope: 'sub',
    filter: all(equals('objectClass', 'group'), any(starts.map((dn) => inChain('member', dn)))),
    attributes: groupAttributes,
    octets: ['objectSid'],
  });
  return [...(primary ? [primary] : []), ...found.flatMap((entry) => groupOf(entry) ?? [])];
}

/**
 * The groups of this directory that an account of a trusted one is in: through the foreign security principals that stand for
 * the account and its groups here.
 * @param sids of the account and of its groups at home
 */
export async function foreignGroups(
  client: Client,
  base: string,
  sids: readonly string[],
  isNested: boolean,
): Promise<DirectoryGroup[]> {
  if (sids.length === 0) return [];
  const principals = await client.search({
    base,
    scope: 'sub',
    filter: all(
      equals('objectClass', 'foreignSecurityPrincipal'),
      any(sids.map((sid) => equals('objectSid', sidBytes(sid)))),
    ),
    attributes: ['objectSid'],
  });
  if (principals.length === 0) return [];
  const member = (dn: string) => (isNested ? inChain('member', dn) : equals('member', dn));
  const found = await client.search({
    base,
    scope: 'sub',
    filter: all(equals('objectClass', 'group'), any(principals.map(({ dn }) => member(dn)))),
    attributes: groupAttributes,
    octets: ['objectSid'],
  });
  return found.flatMap((entry) => groupOf(entry) ?? []);
}
