import type { Filter } from 'ldapts';
import type { Clock } from '../../../clock.ts';
import { directoryKey } from '../../wire/directory-name.ts';
import type { DirectoryClient } from '../client.ts';
import type { DirectoryEntry } from '../entry.ts';
import { any, equals } from '../filters.ts';
import { sidBytes, sidText } from './sid.ts';

/** A group of a directory. */
export interface DirectoryGroup {
  readonly dn: string;
  readonly sid: string;
  /** `sAMAccountName`: how Windows calls it. */
  readonly name: string;
  readonly isSecurity: boolean;
  /** Who may be in it and where it counts; `builtin` groups are those of the domain controllers themselves. */
  readonly scope: 'global' | 'domain-local' | 'universal' | 'builtin';
}

/** Names in one search. A server takes long filters, and answers short ones sooner. */
const namesAtOnce = 50;
/** Groups that are kept; with one more the table begins anew. */
const mostGroups = 50_000;

const flags = { builtin: 0x1, global: 0x2, domainLocal: 0x4, universal: 0x8, security: 0x80000000 } as const;

/** The groups of one directory, asked for by SID or by name, and kept for a while: thousands of users have the same. */
export class GroupTable {
  readonly #client: Pick<DirectoryClient, 'search'>;
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #bySid = new Map<string, { group: DirectoryGroup | null; until: number }>();
  readonly #sidOfName = new Map<string, string>();

  /** @param keptMs milliseconds that a group is known before it is asked for again */
  constructor(client: Pick<DirectoryClient, 'search'>, clock: Clock, keptMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** Forgets everything. */
  clear(): void {
    this.#bySid.clear();
    this.#sidOfName.clear();
  }

  /** The groups of these SIDs; what is no group, or not of this directory, is left out. */
  async bySids(base: string, sids: readonly string[]): Promise<DirectoryGroup[]> {
    const missing = sids.filter((sid) => this.#known(sid) === undefined);
    for (let at = 0; at < missing.length; at += namesAtOnce) {
      const batch = missing.slice(at, at + namesAtOnce);
      await this.#fetch(
        base,
        batch.map((sid) => equals('objectSid', sidBytes(sid))),
      );
      // What was not found is not asked for again with every user.
      for (const sid of batch) if (this.#known(sid) === undefined) this.#keep(sid, null);
    }
    return sids.flatMap((sid) => this.#known(sid) ?? []);
  }

  /** The groups of these distinguished names. */
  async byNames(base: string, names: readonly string[]): Promise<DirectoryGroup[]> {
    const of = (name: string) => this.#known(this.#sidOfName.get(directoryKey(name)) ?? '');
    const missing = names.filter((name) => of(name) === undefined);
    for (let at = 0; at < missing.length; at += namesAtOnce)
      await this.#fetch(
        base,
        missing.slice(at, at + namesAtOnce).map((name) => equals('distinguishedName', name)),
      );
    return names.flatMap((name) => of(name) ?? []);
  }

  async #fetch(base: string, filters: readonly Filter[]): Promise<void> {
    const found = await this.#client.search({
      base,
      scope: 'sub',
      filter: any(filters),
      attributes: groupAttributes,
      octets: ['objectSid'],
    });
    for (const entry of found) {
      const group = groupOf(entry);
      if (group === null) continue;
      this.#keep(group.sid, group);
      this.#sidOfName.set(directoryKey(group.dn), group.sid);
    }
  }

  /** undefined: to be asked for. */
  #known(sid: string): DirectoryGroup | null | undefined {
    const kept = this.#bySid.get(sid);
    return kept !== undefined && this.#clock.now() < kept.until ? kept.group : undefined;
  }

  #keep(sid: string, group: DirectoryGroup | null): void {
    if (this.#bySid.size >= mostGroups) this.clear();
    this.#bySid.set(sid, { group, until: this.#clock.now() + this.#keptMs });
  }
}

/** What `groupOf` needs. */
export const groupAttributes = ['objectSid', 'sAMAccountName', 'groupType'];

/** The group behind an entry; null where it is none. */
export function groupOf(entry: DirectoryEntry): DirectoryGroup | null {
  const [bytes] = entry.octets('objectSid');
  const sid = bytes ? sidText(bytes) : null;
  const name = entry.text('sAMAccountName');
  const type = entry.number('groupType');
  if (sid === null || name === null || type === null) return null;
  const scope =
    (type & flags.builtin) !== 0
      ? 'builtin'
      : (type & flags.domainLocal) !== 0
        ? 'domain-local'
        : (type & flags.universal) !== 0
          ? 'universal'
          : 'global';
  return { dn: entry.dn, sid, name, isSecurity: (type & flags.security) !== 0, scope };
}
