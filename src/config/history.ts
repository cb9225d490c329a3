import { join, resolve } from 'node:path';
import * as z from 'zod';
import { stateDirectory } from './paths.ts';
import { path, wholeNumber } from './values.ts';

/** The key `history`: who was logged on where, kept on this machine (docs/history.md). Without it nothing is kept. */
export const historySchema = z.strictObject({
  enabled: z.boolean('expected true or false').default(true),
  path: path.optional(),
  'keep-days': wholeNumber(1, 3650).default(30),
  'keep-megabytes': wholeNumber(1, 1_048_576).default(1024),
});

export type HistoryConfig = z.infer<typeof historySchema>;

/** The file: `history.path`, else `history.db` in the state directory. */
export function historyPath(
  config: HistoryConfig | undefined,
  directory: string,
  env: NodeJS.ProcessEnv,
): string {
  return config?.path === undefined
    ? join(stateDirectory(env), 'history.db')
    : resolve(directory, config.path);
}
