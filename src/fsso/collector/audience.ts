import { type GroupFilter, groupFilter } from './filters.ts';

/** What of the configuration says which FortiGates are told, and of what. */
export interface AudienceOptions {
  /** Identities (`SERIAL-VDOM`, or a serial number for all its VDOMs) that may connect; null: any. */
  readonly fortigates: readonly string[] | null;
  /** Groups by `SERIAL-VDOM` or serial number, and by `default` for every other FortiGate. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
}

/**
 * The FortiGates that may connect and the filter of each, names compared without case: that of its `SERIAL-VDOM`, else of
 * its serial number, else `default`. Without any of them, and where the list is empty, everything is sent
 * (docs/protocol/fsso.md, Group filters).
 */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #allowed: ReadonlySet<string> | null;
  readonly #filters = new Map<string, GroupFilter | null>();

  constructor(options: AudienceOptions) {
    const { fortigates, filters } = options;
    this.#options = { fortigates, filters };
    this.#allowed = fortigates && new Set(fortigates.map((name) => name.toUpperCase()));
    for (const [identity, groups] of Object.entries(filters))
      this.#filters.set(identity.toUpperCase(), groupFilter(groups));
  }

  /** The same with what is given put in place of what was. */
  changed({
    fortigates,
    filters,
  }: { [Key in keyof AudienceOptions]: AudienceOptions[Key] | undefined }): Audience {
    return new Audience({
      fortigates: fortigates === undefined ? this.#options.fortigates : fortigates,
      filters: filters ?? this.#options.filters,
    });
  }

  allows(identity: string): boolean {
    const name = identity.toUpperCase();
    return this.#allowed === null || this.#allowed.has(name) || this.#allowed.has(serialOf(name));
  }

  filterOf(identity: string): GroupFilter | null {
    const name = identity.toUpperCase();
    for (const key of [name, serialOf(name), 'DEFAULT']) {
      const filter = this.#filters.get(key);
      if (filter !== undefined) return filter;
    }
    return null;
  }
}

/** The serial number of `SERIAL-VDOM`; serial numbers have no hyphen, VDOM names may. */
function serialOf(identity: string): string {
  return identity.split('-', 1)[0] as string;
}
