import { emsOptionScope, isShared } from '../../fabric-sync.ts';
import type { SharedEntry } from './settings.ts';
import type { FabricConflict } from './trust-plan.ts';

type Entry = Readonly<Record<string, unknown>>;

export interface OverlayRules {
  /** What an option has where nobody sets it; undefined for nothing. */
  readonly fallbackOf: (option: string) => unknown;
  /** What is wrong with a value here, or with an option that is not known here; null when it can be taken. */
  readonly whyNot: (option: string, value: unknown) => string | null;
  /** EMS entries that are taken at most. */
  readonly most: number;
}

export interface Overlaid {
  /** Our entries first, in their order, then those that only the root has. */
  readonly entries: readonly Entry[];
  /** Names of entries that have the root's settings. */
  readonly synced: ReadonlySet<string>;
  readonly conflicts: readonly FabricConflict[];
}

/**
 * Our own EMS entries under those of the root (docs/fabric.md, What a member does with entries): shared options are the
 * root's, local ones ours. Where both say something, the root counts, and it is named.
 */
export function overlayEntries(
  own: readonly Entry[],
  shared: readonly SharedEntry[],
  rules: OverlayRules,
): Overlaid {
  const conflicts: FabricConflict[] = [];
  const wanted = new Map(shared.map((entry) => [entry.name, entry]));
  const entries = own.map((entry) => {
    const theirs = wanted.get(String(entry['name']));
    return theirs ? overlaid(entry, theirs, rules, conflicts) : entry;
  });
  const known = new Set(own.map(({ name }) => name));
  const synced = new Set(shared.map(({ name }) => name).filter((name) => known.has(name)));
  for (const theirs of shared) {
    if (known.has(theirs.name)) continue;
    if (entries.length >= rules.most) {
      conflicts.push({
        subject: theirs.name,
        text: `is left out: ${rules.most} EMS entries are the most here`,
      });
      continue;
    }
    entries.push(overlaid({ name: theirs.name }, theirs, rules, conflicts));
    synced.add(theirs.name);
  }
  return { entries, synced, conflicts };
}

function overlaid(
  entry: Entry,
  theirs: SharedEntry,
  rules: OverlayRules,
  conflicts: FabricConflict[],
): Entry {
  const { name } = theirs;
  // What the root leaves out has its default, as on the root.
  const result: Record<string, unknown> = Object.fromEntries(
    Object.entries(entry).filter(([option]) => !isShared(option)),
  );
  for (const [option, value] of Object.entries(theirs.options)) {
    const scope = emsOptionScope[option];
    const reason = scope === 'local' ? 'it is local to each member' : (rules.whyNot(option, value) ?? null);
    if (reason === null) result[option] = value;
    else conflicts.push({ subject: name, text: `${option} of the root is not taken: ${reason}` });
  }
  for (const [option, ours] of Object.entries(entry)) {
    if (!isShared(option) || ours === undefined || same(ours, rules.fallbackOf(option))) continue;
    const value = result[option];
    if (same(ours, value)) continue;
    const text = `${option} is ${show(ours)} here and ${show(value)} on the root, which counts`;
    conflicts.push({ subject: name, text });
  }
  return result;
}

const show = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
const same = (one: unknown, other: unknown): boolean => show(one) === show(other);
