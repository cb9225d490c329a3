import type { Secret } from '../values.ts';

/** A value as an option of an entry has it in the file. */
export type OptionValue = string | number | Secret;

/** One change of the list `ems`. A key such as `admin.name` is an option inside of another one. */
export type EmsEdit =
  | { readonly kind: 'add'; readonly entry: Readonly<Record<string, OptionValue>> }
  | {
      readonly kind: 'change';
      readonly name: string;
      readonly set: Readonly<Record<string, OptionValue>>;
      readonly remove: readonly string[];
    }
  | { readonly kind: 'delete'; readonly name: string };

export type Entry = Record<string, unknown>;

/** The two parts of `admin.name`; null for an option of the entry itself. */
export function insideOf(key: string): { outer: string; inner: string } | null {
  const dot = key.indexOf('.');
  return dot < 0 ? null : { outer: key.slice(0, dot), inner: key.slice(dot + 1) };
}

/** Options with those inside of others where they belong. */
export function nested(options: Readonly<Record<string, OptionValue>>): Entry {
  return changedEntry({}, options, []);
}

/** An outer option goes with the last one inside of it. */
export function changedEntry(
  before: Entry,
  set: Readonly<Record<string, OptionValue>>,
  remove: readonly string[],
): Entry {
  const entry = { ...before };
  for (const [key, value] of Object.entries(set)) {
    const inside = insideOf(key);
    if (inside) entry[inside.outer] = { ...mapOf(entry[inside.outer]), [inside.inner]: value };
    else entry[key] = value;
  }
  for (const key of remove) {
    const inside = insideOf(key);
    if (!inside) {
      delete entry[key];
      continue;
    }
    const { [inside.inner]: _, ...rest } = mapOf(entry[inside.outer]);
    if (Object.keys(rest).length > 0) entry[inside.outer] = rest;
    else delete entry[inside.outer];
  }
  return entry;
}

function mapOf(value: unknown): Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}
