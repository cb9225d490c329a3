import { groupKey } from '../wire/groups.ts';
import type { UserGroups } from './groups/lookup.ts';

/** Which logons one FortiGate is told of: those of users in at least one of the groups, compared without case. */
export class GroupFilter {
  readonly #keys: ReadonlySet<string>;

  constructor(groups: readonly string[]) {
    this.#keys = new Set(groups.map(groupKey));
  }

  /** How many groups it names. */
  get size(): number {
    return this.#keys.size;
  }

  matches(groups: UserGroups): boolean {
    return groups.keys.some((key) => this.#keys.has(key));
  }

  /** True when both let the same logons through. */
  equals(other: GroupFilter): boolean {
    return this.#keys.size === other.#keys.size && [...this.#keys].every((key) => other.#keys.has(key));
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
