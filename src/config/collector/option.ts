import type * as z from 'zod';
import { type ConfigOption, option } from '../option.ts';

/** One option of our collector agent; `parts` are the keys within it that docs/cli.md names one by one. */
export interface CollectorOption<Schema extends z.ZodType = z.ZodType> extends ConfigOption<Schema> {
  readonly parts?: Readonly<Record<string, { readonly fallback: string | number; readonly values: string }>>;
}

/** Collectors have no forms and no FortiOS releases, so an option is its schema, its default and its words. */
export function collectorOption<Schema extends z.ZodType>(
  row: Pick<CollectorOption<Schema>, 'schema' | 'fallback' | 'values' | 'parts'>,
): CollectorOption<Schema> {
  return { ...row, ...option({ ...row, form: { kind: 'none' }, effect: 'acts' }) };
}

/** Words for a default where there is no value. */
const words: readonly (string | number)[] = ['required', 'none', 'any', 'any, with a warning'];

/** The rows of docs/cli.md for an option of a section: its own, or one for each of its parts. */
export function collectorOptionRow(name: string, row: CollectorOption, section = 'collector'): string[] {
  const keys = row.parts
    ? Object.entries(row.parts).map(([part, of]) => ({ key: `${name}.${part}`, ...of }))
    : [{ key: name, ...row }];
  return keys.map(({ key, fallback, values }) => {
    const isWord = typeof fallback === 'number' || words.includes(fallback);
    return `| \`${section}.${key}\` | ${isWord ? fallback : `\`${fallback}\``} | ${values} |`;
  });
}
