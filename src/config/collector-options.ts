import { cacheOptions } from './collector/cache.ts';
import { checkOptions } from './collector/checks.ts';
import { directoryOptions } from './collector/directories.ts';
import { feedOptions } from './collector/feeds.ts';
import { groupOptions } from './collector/groups.ts';
import { ignoreOptions } from './collector/ignore.ts';
import { lifeOptions } from './collector/life.ts';
import { logOptions } from './collector/log.ts';
import { ntlmOptions } from './collector/ntlm.ts';
import { type CollectorOption, collectorOptionRow } from './collector/option.ts';
import { pollingOptions } from './collector/polling.ts';
import { radiusOptions } from './collector/radius.ts';
import { serveOptions } from './collector/serve.ts';
import { syslogOptions } from './collector/syslog.ts';
import { windowsOptions } from './collector/windows.ts';
import { optionShape } from './option.ts';

/** Every option of our collector agent, in the order of docs/cli.md: the schema and that table are made from it. */
export const collectorOptions = {
  ...serveOptions,
  ...feedOptions,
  ...syslogOptions,
  ...radiusOptions,
  ...windowsOptions,
  ...pollingOptions,
  ...ntlmOptions,
  ...ignoreOptions,
  ...groupOptions,
  ...directoryOptions,
  ...lifeOptions,
  ...checkOptions,
  ...cacheOptions,
  ...logOptions,
} as const satisfies Record<string, CollectorOption>;

/** The keys of `collector`. */
export const collectorOptionShape = optionShape(collectorOptions);

/** The rows of docs/cli.md. */
export function collectorOptionRows(): string[] {
  return Object.entries(collectorOptions).flatMap(([name, row]) => collectorOptionRow(name, row));
}
