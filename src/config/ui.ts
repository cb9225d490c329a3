import * as z from 'zod';

/** The key `ui`: how the dashboard looks (docs/cli.md, Configuration). */
export const uiSchema = z.strictObject({
  skin: z.enum(['ansi', 'bright', 'mono'], 'expected ansi, bright or mono').default('ansi'),
});
