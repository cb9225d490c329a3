import { directoryKey } from '../wire/directory-name.ts';
import { groupKey, isDistinguishedName, joinGroups } from '../wire/groups.ts';
import type { UserGroups } from './groups/lookup.ts';

/**
 * Which logons one FortiGate is told of: those of users in at least one of the groups, and of users whom a distinguished
 * name of it names, or who are below one that it names (docs/protocol/fsso.md, Group filters).
 */
export class GroupFilter {
  /** As they are compared, with how they are sent. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #hasPlaces: boolean;

  constructor(groups: readonly string[]) {
    this.#names = new Map(groups.map((group) => [directoryKey(group), groupKey(group)]));
    this.#hasPlaces = groups.some(isDistinguishedName);
  }

  /** How many groups it names. */
  get size(): number {
    return this.#names.size;
  }

  matches(groups: UserGroups): boolean {
    return groups.keys.some((key) => this.#names.has(key)) || this.#places(groups).length > 0;
  }

  /** The group text that is sent of a user who passes: the groups, and what of the filter names the user's own place. */
  textOf(groups: UserGroups): string {
    const places = this.#places(groups);
    return places.length === 0
      ? groups.matchedText
      : [groups.matchedText, joinGroups(places)].filter((text) => text !== '').join('+');
  }

  /** True when both let the same logons through. */
  equals(other: GroupFilter): boolean {
    return this.size === other.size && [...this.#names.keys()].every((key) => other.#names.has(key));
  }

  /** Which of its names are the user's own, or those of organizational units and containers that the user is in. */
  #places({ dn }: UserGroups): string[] {
    if (!this.#hasPlaces || dn === null) return [];
    const found: string[] = [];
    const key = directoryKey(dn);
    for (let at = 0; ; ) {
      const name = this.#names.get(key.slice(at));
      if (name !== undefined) found.push(name);
      const end = key.indexOf('\u0000', at);
      if (end < 0) return found;
      at = end + 1;
    }
  }
}

/** A filter of these groups; null, which lets everything through, where there are none. */
export function groupFilter(groups: readonly string[]): GroupFilter | null {
  return groups.length === 0 ? null : new GroupFilter(groups);
}

/** True when both let the same logons through. */
export function sameFilter(one: GroupFilter | null, other: GroupFilter | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
