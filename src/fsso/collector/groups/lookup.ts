import { directoryKey } from '../../wire/directory-name.ts';
import { groupKey, joinGroups } from '../../wire/groups.ts';

/** The groups of one user, with the forms that filters and records need. Shared by all entries that have them. */
export interface UserGroups {
  readonly names: readonly string[];
  /** The names as filters compare them. */
  readonly keys: readonly string[];
  /** All names in one text. */
  readonly text: string;
  /** The same in the form that is sent where a filter matched (docs/protocol/fsso.md, Group filters). */
  readonly matchedText: string;
  /** Distinguished name of the user where a directory said it, for filters that name users and organizational units. */
  readonly dn: string | null;
  /** Who says so: only what a directory said is asked for again. */
  readonly source: GroupSource;
}

export type GroupSource = 'feed' | 'configuration' | 'directory';

/** Where the groups of a user come from. */
export interface GroupLookup {
  /**
   * The groups of a user: at once where nothing has to be asked, because a promise for each of 20,000 logons a second
   * is too much. Never rejects: a look-up that failed answers with what is known, and says so in an event.
   */
  of(domain: string, user: string): UserGroups | Promise<UserGroups>;
}

/** The names of lists of groups that are in use, by who says so and by their text; and the lists, held by their names. */
const inUse: Record<GroupSource, Map<string, WeakRef<readonly string[]>>> = {
  feed: new Map(),
  configuration: new Map(),
  directory: new Map(),
};
const lists = new WeakMap<readonly string[], UserGroups>();
const forgotten = new FinalizationRegistry<{ source: GroupSource; text: string }>(({ source, text }) => {
  if (inUse[source].get(text)?.deref() === undefined) inUse[source].delete(text);
});

/**
 * Puts together what belongs to a list of groups; a name that comes twice, whatever its case, is taken once. Equal lists are
 * held once, whoever's they are: a site has far fewer of them than users.
 * @param dn of the user; null where no directory said it, and then equal lists are one object
 */
export function userGroups(
  groups: readonly string[],
  source: GroupSource = 'configuration',
  dn: string | null = null,
): UserGroups {
  const shared = sharedGroups(groups, source);
  return dn === null ? shared : { ...shared, dn };
}

function sharedGroups(groups: readonly string[], source: GroupSource): UserGroups {
  const byKey = new Map<string, string>();
  for (const group of groups)
    if (group !== '' && !byKey.has(groupKey(group))) byKey.set(groupKey(group), group);
  const names = [...byKey.values()];
  const text = joinGroups(names);
  const known = inUse[source].get(text)?.deref();
  const shared = known && lists.get(known);
  // A plus that came escaped and one that did not give the same text.
  if (shared?.names.every((name, index) => name === names[index])) return shared;
  const matchedText = joinGroups([...byKey.keys()]);
  const made: UserGroups = { names, keys: names.map(directoryKey), text, matchedText, dn: null, source };
  inUse[source].set(text, new WeakRef(names));
  lists.set(names, made);
  forgotten.register(names, { source, text });
  return made;
}

/** True where FortiGates would be told the same of both, whatever their filters. */
export function sameGroups(one: UserGroups, other: UserGroups): boolean {
  return one.text === other.text && one.dn === other.dn;
}
