import { bareName, directoryKey } from '../wire/directory-name.ts';
import { isDistinguishedName } from '../wire/groups.ts';
import { type Fitting, list } from './addresses.ts';
import type { Policy, PolicySet, UserGroup } from './model.ts';

/** FortiOS's group of those whom no collector names (docs/protocol/fsso.md, Policies). */
export const guestGroup = 'SSO_Guest_Users';

/** How a policy lets somebody in as far as users go: `ntlm` asks the browser first. */
export interface UserFitting extends Fitting {
  readonly way: 'anybody' | 'group' | 'guest' | 'ntlm' | 'none';
  /** Groups of the directory that the policy lets in. */
  readonly permitted: readonly string[];
}

/** Who the traffic is from, as far as FSSO says: null where nobody is logged on. */
export interface LoggedOn {
  readonly groups: readonly string[];
  /** Names of user groups of the FortiGate, where it tells of the user and not of groups of the directory. */
  readonly userGroups?: readonly string[];
}

/** The user groups of one set of policies, and which groups of the directory any of its policies looks at. */
export class GroupBook {
  readonly #groups = new Map<string, UserGroup[]>();
  readonly #monitored = new Set<string>();

  constructor({ groups, policies }: Pick<PolicySet, 'groups' | 'policies'>) {
    for (const group of groups)
      this.#groups.set(group.name, [...(this.#groups.get(group.name) ?? []), group]);
    for (const group of groups)
      if (group.type === 'fsso-service')
        for (const member of group.members) this.#monitored.add(directoryKey(member));
    for (const { fssoGroups } of policies)
      for (const name of fssoGroups) this.#monitored.add(directoryKey(name));
  }

  /** Whether a policy lets this user in, as far as users go, and why. */
  fits(policy: Policy, logon: LoggedOn | null): UserFitting {
    const { users, groups, fssoGroups, ntlm, vdom } = policy;
    if (users.length + groups.length + fssoGroups.length === 0 && (!ntlm || logon !== null))
      return { fit: 'match', because: 'it asks for no user', way: 'anybody', permitted: [] };
    const permitted = new Map<string, { name: string; through: string }>();
    const unknown: string[] = [];
    const other: string[] = [];
    for (const name of fssoGroups) permitted.set(directoryKey(name), { name, through: name });
    for (const name of groups) {
      const group = this.#named(name, vdom);
      if (group === undefined) {
        if (name !== guestGroup) unknown.push(name);
      } else if (group.type !== 'fsso-service') other.push(`${name} (${group.type})`);
      else
        for (const member of group.members) {
          const key = directoryKey(member);
          if (!permitted.has(key)) permitted.set(key, { name: member, through: name });
        }
    }
    const names = [...permitted.values()].map(({ name }) => name);
    const told = { permitted: names };
    if (logon === null) return { ...told, ...this.#withoutLogon(policy, names) };
    if (logon.userGroups !== undefined) return { ...told, ...fitsUserGroups(policy, logon.userGroups) };
    for (const own of logon.groups) {
      const found = permitted.get(directoryKey(own));
      if (found !== undefined) {
        const through = found.through === found.name ? '' : ` of ${found.through}`;
        return { ...told, fit: 'match', way: 'group', because: `the user is in ${found.name}${through}` };
      }
    }
    if (groups.includes(guestGroup) && !logon.groups.some((own) => this.#monitored.has(directoryKey(own))))
      return {
        ...told,
        fit: 'match',
        way: 'guest',
        because: `${guestGroup}: no policy knows a group of the user`,
      };
    if (unknown.length > 0)
      return {
        ...told,
        fit: 'unknown',
        way: 'none',
        because: `who is in ${list(unknown)} is not known here`,
      };
    return { ...told, fit: 'no', way: 'none', because: missReason(logon.groups, names, other, users) };
  }

  #withoutLogon(
    { ntlm, ntlmGuest, groups }: Policy,
    permitted: readonly string[],
  ): Omit<UserFitting, 'permitted'> {
    if (ntlm) {
      const guests = ntlmGuest ? ', and others as guests' : '';
      const whom = permitted.length > 0 ? `members of ${list(permitted)}` : 'who can prove who they are';
      return {
        fit: 'match',
        way: 'ntlm',
        because: `nobody is logged on, so the browser is asked by NTLM; it lets in ${whom}${guests}`,
      };
    }
    if (groups.includes(guestGroup))
      return { fit: 'match', way: 'guest', because: `${guestGroup}: nobody is logged on` };
    return { fit: 'no', way: 'none', because: 'it asks for a user, and nobody is logged on' };
  }

  #named(name: string, vdom: string | null): UserGroup | undefined {
    const named = this.#groups.get(name) ?? [];
    return (
      named.find((each) => each.vdom === vdom) ?? named.find((each) => each.vdom === null || vdom === null)
    );
  }
}

/** By the user groups that a FortiGate puts somebody into: groups of the directory it does not tell. */
function fitsUserGroups(
  { groups, fssoGroups, users }: Policy,
  own: readonly string[],
): Omit<UserFitting, 'permitted'> {
  const found = [...groups, ...fssoGroups].find((name) => own.includes(name));
  if (found !== undefined)
    return { fit: 'match', way: 'group', because: `the FortiGate has the user in ${found}` };
  if (fssoGroups.length + users.length > 0)
    return {
      fit: 'unknown',
      way: 'none',
      because: `whether the user is in ${list([...fssoGroups, ...users])} the FortiGate does not tell`,
    };
  return { fit: 'no', way: 'none', because: `the FortiGate has the user in none of ${list(groups)}` };
}

function missReason(
  own: readonly string[],
  permitted: readonly string[],
  other: readonly string[],
  users: readonly string[],
): string {
  if (permitted.length === 0) {
    if (other.length > 0) return `it asks for ${list(other)}, whose members FSSO does not name`;
    if (users.length > 0) return `it asks for local users (${list(users)}), whom FSSO does not name`;
    return 'its groups have no member of the directory';
  }
  if (own.length === 0) return `it lets in ${list(permitted)}, and the collector named no group of the user`;
  const near = nearMiss(own, permitted);
  return `the user is in none of ${list(permitted)}${near === null ? '' : `; ${near}`}`;
}

/**
 * Names that mean the same group to a person and not to a FortiGate: null where there are none. Told only, never taken as a
 * match.
 */
export function nearMiss(own: readonly string[], permitted: readonly string[]): string | null {
  const bare = new Map(permitted.map((name) => [bareName(name), name]));
  for (const name of own) {
    const found = bare.get(bareName(name));
    if (found === undefined) continue;
    if (isDistinguishedName(name) !== isDistinguishedName(found))
      return `the collector says ${name} and the policy ${found}: standard and advanced mode are mixed`;
    return `the collector says ${name} and the policy ${found}: these are two groups to a FortiGate`;
  }
  return null;
}
