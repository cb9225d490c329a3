import * as z from 'zod';
import type { Lifetime } from './releases.ts';
import { onOff } from './values.ts';

/** How an option is written, for forms. */
export type OptionForm =
  | { readonly kind: 'text' | 'number' | 'secret' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Left to the file: forms do not show it. */
  | { readonly kind: 'none' };

/** One option of a FortiOS table, or one of ours beside it, from which schema, docs/cli.md and forms are made. */
export interface ConfigOption<Schema extends z.ZodType = z.ZodType> extends Lifetime {
  readonly schema: Schema;
  readonly form: OptionForm;
  /** What holds where it is left out; `required` and `none` are words, everything else a value. */
  readonly fallback: string | number;
  /** What holds with releases that do not have it yet; absent: the same as where it is left out. */
  readonly before?: string;
  /** Values and range, and what they mean: the cell of docs/cli.md. */
  readonly values: string;
  /** `acts`: this program does what it says. `no-effect`: accepted, so that a FortiGate's settings can be kept here. */
  readonly effect: 'acts' | 'no-effect';
  /** FortiOS has no such option. */
  readonly ours?: true;
}

export function option<Schema extends z.ZodType>(row: ConfigOption<Schema>): ConfigOption<Schema> {
  return row;
}

export const onOffText = '`enable` or `disable`';

/** `enable` or `disable`. An option without effect has no default: nothing reads it. */
export function toggle(
  fallback: 'enable' | 'disable',
  values: string,
  more: Lifetime & { readonly before?: 'enable' | 'disable'; readonly ours?: true } = {},
) {
  return option({
    schema: onOff.default(fallback),
    form: { kind: 'choice', values: onOff.options },
    fallback,
    values,
    effect: 'acts',
    ...more,
  });
}

export function idleToggle(fallback: 'enable' | 'disable', lifetime: Lifetime) {
  return option({
    schema: onOff.optional(),
    form: { kind: 'none' },
    fallback,
    values: onOffText,
    effect: 'no-effect',
    ...lifetime,
  });
}

const methodExpected = 'expected auto or specify';

/** `interface-select-method`: what SD-WAN decides on a FortiGate, nobody decides here. */
export const sdwanRefused = z
  .enum(['auto', 'specify'], {
    error: (issue) =>
      issue.input === 'sdwan' ? `${methodExpected}: there is no SD-WAN on this machine` : methodExpected,
  })
  .default('auto');

/** Options as keys of a schema. */
export function optionShape<Table extends Record<string, ConfigOption>>(table: Table) {
  return Object.fromEntries(Object.entries(table).map(([name, { schema }]) => [name, schema])) as unknown as {
    [Name in keyof Table]: Table[Name]['schema'];
  };
}

/** The rows of docs/cli.md, in the order of the table; `prefix` is where the options stand in the configuration. */
export function optionRows(
  prefix: string,
  table: Readonly<Record<string, ConfigOption>>,
  effect: ConfigOption['effect'],
): string[] {
  return Object.entries(table)
    .filter(([, row]) => row.effect === effect)
    .map(([name, { fallback, values, since, until, ours }]) => {
      const word = typeof fallback === 'number' || ['required', 'none'].includes(fallback);
      const from = since ? `from ${since.join(', ')}` : '';
      const releases = [from, until ? `to ${until}` : ''].filter(Boolean).join(' ') || 'all';
      return `| \`${prefix}.${name}\` | ${word ? fallback : `\`${fallback}\``} | ${values} | ${ours ? 'ours' : releases} |`;
    });
}
