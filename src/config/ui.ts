import * as z from 'zod';

const skinExpected = 'expected ansi, bright, mono or a file that ends in .yaml';
const keyExpected = 'expected a key such as x, X, Ctrl+X or PgDn, or a list of keys';
const key = z.string(keyExpected);

/** The key `ui`: how the dashboard looks (docs/cli.md, Configuration). */
export const uiSchema = z.strictObject({
  skin: z
    .string(skinExpected)
    .regex(/^(?:ansi|bright|mono)$|[.]ya?ml$/, skinExpected)
    .default('ansi'),
  /** Clicks choose rows, tabs and columns, and the wheel scrolls; the terminal then selects text with Shift held. */
  mouse: z.boolean('expected true or false').default(false),
  /** Keys of commands; which there are is a matter of the dashboard (bin/look.ts). */
  keys: z.record(z.string(), z.union([key, z.array(key)], keyExpected)).default({}),
});
