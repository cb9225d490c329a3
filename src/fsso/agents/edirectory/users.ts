import type { DirectoryClient } from '../../directory/client.ts';
import type { DirectoryQuestion } from '../../directory/connection.ts';
import type { DirectoryEntry } from '../../directory/entry.ts';
import { isSomewhere, readGeneralizedTime, readNetworkAddress } from './network-address.ts';

/** Attributes of a user, as eDirectory spells them; bytes come only under this very spelling. */
const attributes = {
  address: 'networkAddress',
  loginTime: 'loginTime',
  groups: 'groupMembership',
  disabled: 'loginDisabled',
} as const;

/** A user whom the directory has at an address. */
export interface DirectoryLogon {
  readonly dn: string;
  readonly user: string;
  /** IPv4. */
  readonly ip: string;
  /** The first IPv6 address of the user, wherever it is; shown only. */
  readonly ip6: string | null;
  /** Unix seconds; null where the directory does not say. */
  readonly loginTime: number | null;
  /** Distinguished names. */
  readonly groups: readonly string[];
}

/** What a look at the directory found. */
export interface DirectoryUsers {
  /** By address; who logged in last has it. */
  readonly logons: ReadonlyMap<string, DirectoryLogon>;
  /** Users with an address of any kind. */
  readonly users: number;
  /** Values of `networkAddress` that cannot be read, and users of the first few. */
  readonly unreadable: number;
  readonly unreadableAt: readonly string[];
}

const mostNamed = 3;

/** Where users are looked for, and what names them. */
export interface UserPlace {
  readonly client: DirectoryClient;
  /** Distinguished names, searched with all below them. */
  readonly bases: readonly string[];
  /** The attribute that names a user. */
  readonly nameAttribute: string;
}

/** Asks the directory who is where. Rejects with DirectoryFailure. */
export async function lookForUsers(
  { client, bases, nameAttribute }: UserPlace,
  previous: ReadonlyMap<string, DirectoryLogon>,
): Promise<DirectoryUsers> {
  const entries: DirectoryEntry[] = [];
  for (const base of bases)
    for (const entry of await client.search(usersQuestion(base, nameAttribute))) entries.push(entry);
  return usersOf(entries, nameAttribute, previous);
}

/** Everybody below `base` who has an address. */
function usersQuestion(base: string, nameAttribute: string): DirectoryQuestion {
  return {
    base,
    scope: 'sub',
    filter: `(${attributes.address}=*)`,
    attributes: [nameAttribute, ...Object.values(attributes)],
    octets: [attributes.address],
  };
}

/**
 * Who is where, from what the directory answered. Accounts that are disabled are nowhere. An address of two users is his who
 * logged in last; of two at the same time, his whom `previous` has there.
 */
export function usersOf(
  entries: readonly DirectoryEntry[],
  nameAttribute: string,
  previous: ReadonlyMap<string, DirectoryLogon>,
): DirectoryUsers {
  const logons = new Map<string, DirectoryLogon>();
  const unreadableAt: string[] = [];
  let unreadable = 0;
  for (const entry of entries) {
    const user = entry.text(nameAttribute);
    if (user === null || user === '' || /^true$/i.test(entry.text(attributes.disabled) ?? '')) continue;
    const addresses = entry.octets(attributes.address).map(readNetworkAddress);
    const wrong = addresses.filter(({ kind }) => kind === 'unreadable').length;
    unreadable += wrong;
    if (wrong > 0 && unreadableAt.length < mostNamed) unreadableAt.push(entry.dn);
    const ip6 = addresses.find((each) => each.kind === 'ipv6' && isSomewhere(each.address));
    const common = {
      dn: entry.dn,
      user,
      ip6: ip6?.kind === 'ipv6' ? ip6.address : null,
      loginTime: readGeneralizedTime(entry.text(attributes.loginTime) ?? ''),
      // In an order of ours, so that the same groups are the same text.
      groups: entry.texts(attributes.groups).sort(),
    };
    for (const each of addresses) {
      if (each.kind !== 'ipv4' || !isSomewhere(each.address)) continue;
      const logon = { ...common, ip: each.address };
      const other = logons.get(logon.ip);
      if (!other || isLater(logon, other, previous.get(logon.ip))) logons.set(logon.ip, logon);
    }
  }
  return { logons, users: entries.length, unreadable, unreadableAt };
}

function isLater(one: DirectoryLogon, other: DirectoryLogon, before: DirectoryLogon | undefined): boolean {
  const [first, second] = [one.loginTime ?? 0, other.loginTime ?? 0];
  return first === second ? before?.dn === one.dn : first > second;
}
