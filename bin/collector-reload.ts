import { isDeepStrictEqual } from 'node:util';
import { type PollingConfig, pollPace } from '../src/backends/collector-polling.ts';
import { collectorSettings, settingOfKey } from '../src/backends/collector-setup.ts';
import type { CollectorConfig } from '../src/config/schema.ts';
import type { WorkstationCheckOptions } from '../src/fsso/collector/checks/workstation-check.ts';
import type { Collector } from '../src/fsso/collector/collector.ts';
import { type CollectorEvent, collectorEvent } from '../src/fsso/collector/events.ts';
import type { CollectorChanges } from '../src/fsso/collector/settings.ts';
import type { CollectorLog } from './collector-log.ts';

type Key = keyof CollectorConfig;

/** Keys that the log takes up. */
const keysOfLog: readonly Key[] = ['log-level', 'log-file-size'];

/** What of `polling` is taken up. */
const pace: readonly (keyof PollingConfig)[] = ['period', 'periods'];

/** What is taken up of a key. */
function livePart(section: CollectorConfig, key: Key): unknown {
  if (key === 'polling') return pace.map((each) => section.polling?.[each]);
  return settingOfKey[key] !== undefined || keysOfLog.includes(key) ? section[key] : undefined;
}

/** What of a key needs a restart. */
function fixedPart(section: CollectorConfig, key: Key): unknown {
  if (key !== 'polling' || section.polling === undefined)
    return settingOfKey[key] !== undefined || keysOfLog.includes(key) ? undefined : section[key];
  const polling: Partial<PollingConfig> = { ...section.polling };
  for (const each of pace) delete polling[each];
  return polling;
}

/** Reads the configuration again; gives why it could not be taken up, in one line, or null. */
export type Reload = () => Promise<string | null>;

export interface ReloadOptions {
  readonly collector: Pick<Collector, 'reconfigure' | 'setPollPace'>;
  readonly log: Pick<CollectorLog, 'retune'>;
  /** The section with which the collector was started, and its password. */
  readonly running: CollectorConfig;
  readonly password: string | null;
  /** All as they are now. Throws what is wrong with the configuration. */
  readonly read: () => Promise<{
    section: CollectorConfig;
    password: string | null;
    checks: WorkstationCheckOptions | null;
  }>;
  readonly report: (event: CollectorEvent) => void;
}

/**
 * What reads the configuration again: the collector takes up what changed of `settingOfKey`, and how often domain
 * controllers are polled; the log names it, and what needs a restart. A configuration that is wrong changes nothing.
 */
export function collectorReload(options: ReloadOptions): Reload {
  const { collector, log, running, read, report } = options;
  let { running: current, password } = options;
  return async () => {
    try {
      const now = await read();
      const keys = Object.keys({ ...current, ...now.section }) as Key[];
      // Polling that begins or ends needs a restart.
      const isPolling = running.polling !== undefined && now.section.polling !== undefined;
      const taken = keys.filter(
        (key) =>
          (key !== 'polling' || isPolling) &&
          !isDeepStrictEqual(livePart(current, key), livePart(now.section, key)),
      );
      // Where the password stands may be the same, and the password another one.
      if (now.password !== password && !taken.includes('password')) taken.push('password');
      const restart = keys.filter(
        (key) => !isDeepStrictEqual(fixedPart(running, key), fixedPart(now.section, key)),
      );
      const settings = collectorSettings(now.section, now.password, now.checks);
      const changed = new Set(taken.map((key) => settingOfKey[key]));
      if (now.section.polling) collector.setPollPace(pollPace(now.section.polling));
      collector.reconfigure(
        Object.fromEntries(
          Object.entries(settings).filter(([name]) => changed.has(name as keyof CollectorChanges)),
        ),
      );
      log.retune(now.section['log-level'], now.section['log-file-size'] * 1024 * 1024);
      current = now.section;
      password = now.password;
      report(collectorEvent({ msg: 'configuration read again', taken, restart }));
      return null;
    } catch (error) {
      const why = (error as Error).message.replaceAll('\n', '; ');
      report(collectorEvent({ msg: 'configuration not read', why }));
      return why;
    }
  };
}

/** Reads the configuration again at each SIGHUP, until the returned function is called. */
export function reloadOnHangup(reload: () => unknown): () => void {
  const hangup = () => void reload();
  process.on('SIGHUP', hangup);
  return () => void process.off('SIGHUP', hangup);
}
