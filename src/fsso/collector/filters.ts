import { groupKey } from '../wire/groups.ts';
import type { UserGroups } from './groups/lookup.ts';

/** Which logons one FortiGate is told of: those of users in at least one of the groups, compared without case. */
export class GroupFilter {
  readonly #keys: ReadonlySet<string>;

  constructor(groups: readonly string[]) {
    this.#keys = new Set(groups.map(groupKey));
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

/** The serial number of `SERIAL-VDOM`; serial numbers have no hyphen, VDOM names may. */
export function serialOf(identity: string): string {
  return identity.split('-', 1)[0] as string;
}

/**
 * The filters of the configuration: by `SERIAL-VDOM`, else by serial number, case not minded, and `default` for every
 * other FortiGate. Without any of them, and where the list is empty, everything is sent (docs/protocol/fsso.md, Group
 * filters).
 */
export class ConfiguredFilters {
  readonly #filters = new Map<string, GroupFilter | null>();

  constructor(filters: Readonly<Record<string, readonly string[]>>) {
    for (const [identity, groups] of Object.entries(filters))
      this.#filters.set(identity.toUpperCase(), groupFilter(groups));
  }

  of(identity: string): GroupFilter | null {
    const name = identity.toUpperCase();
    for (const key of [name, serialOf(name), 'DEFAULT']) {
      const filter = this.#filters.get(key);
      if (filter !== undefined) return filter;
    }
    return null;
  }
}
