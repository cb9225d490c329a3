import * as z from 'zod';

const keyExpected = 'expected a key such as x, X, Ctrl+X or PgDn, or a list of keys';
const key = z.string(keyExpected);

/** The key `ui`: how the dashboard looks (docs/cli.md, Configuration). */
export const uiSchema = z.strictObject({
  skin: z.enum(['ansi', 'bright', 'mono'], 'expected ansi, bright or mono').default('ansi'),
  /** Keys of commands; which there are is a matter of the dashboard (bin/look.ts). */
  keys: z.record(z.string(), z.union([key, z.array(key)], keyExpected)).default({}),
});
