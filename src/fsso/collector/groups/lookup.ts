import { groupKey, joinGroups } from '../../wire/groups.ts';

/** The groups of one user, with the forms that filters and records need. Shared by all entries that have them. */
export interface UserGroups {
  readonly names: readonly string[];
  /** The names as they are compared. */
  readonly keys: readonly string[];
  /** All names in one text. */
  readonly text: string;
  /** The same in the form that is sent where a filter matched (docs/protocol/fsso.md, Group filters). */
  readonly matchedText: string;
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

/** Lists of groups that are in use, by who says so and by their text. */
const inUse: Record<GroupSource, Map<string, WeakRef<UserGroups>>> = {
  feed: new Map(),
  configuration: new Map(),
  directory: new Map(),
};
const forgotten = new FinalizationRegistry<{ source: GroupSource; text: string }>(({ source, text }) => {
  if (inUse[source].get(text)?.deref() === undefined) inUse[source].delete(text);
});

/**
 * Puts together what belongs to a list of groups; a name that comes twice, whatever its case, is taken once. Equal lists are
 * one object as long as anybody holds it: a site has far fewer of them than users.
 */
export function userGroups(groups: readonly string[], source: GroupSource = 'configuration'): UserGroups {
  const byKey = new Map<string, string>();
  for (const group of groups)
    if (group !== '' && !byKey.has(groupKey(group))) byKey.set(groupKey(group), group);
  const names = [...byKey.values()];
  const text = joinGroups(names);
  const shared = inUse[source].get(text)?.deref();
  // A plus that came escaped and one that did not give the same text.
  if (shared?.names.every((name, index) => name === names[index])) return shared;
  const keys = [...byKey.keys()];
  const made: UserGroups = { names, keys, text, matchedText: joinGroups(keys), source };
  inUse[source].set(text, new WeakRef(made));
  forgotten.register(made, { source, text });
  return made;
}
