import { configSchema, type FssoConfig } from '../../src/config/schema.ts';

/** An FSSO entry as it is read from a configuration, with the defaults of all that is left out. */
export function fssoEntry(entry: Record<string, unknown>): FssoConfig {
  const [read] = configSchema.parse({ fsso: [entry] }).fsso;
  if (!read) throw new Error('the entry was lost');
  return read;
}
