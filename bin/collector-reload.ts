import { type PollingConfig, pollPace } from '../src/backends/collector-polling.ts';
import { collectorSettings, settingOfKey } from '../src/backends/collector-setup.ts';
import type { CollectorConfig } from '../src/config/schema.ts';
import type { WorkstationCheckOptions } from '../src/fsso/collector/checks/workstation-check.ts';
import type { Collector } from '../src/fsso/collector/collector.ts';
import type { CollectorLog } from './collector-log.ts';
import { type ReadSection, type Reload, type SectionReload, sectionReload } from './section-reload.ts';

type Key = keyof CollectorConfig;

/** Keys that the log takes up. */
const keysOfLog: readonly Key[] = ['log-level', 'log-file-size'];

/** What of `polling` is taken up. */
const pace: readonly (keyof PollingConfig)[] = ['period', 'periods'];

const isLive = (key: Key) => settingOfKey[key] !== undefined || keysOfLog.includes(key);

/** The section, its password resolved, and what asks workstations by it. */
interface Now extends ReadSection<CollectorConfig> {
  readonly checks: WorkstationCheckOptions | null;
}

export interface ReloadOptions
  extends Pick<SectionReload<CollectorConfig, Now>, 'running' | 'read' | 'report'> {
  readonly collector: Pick<Collector, 'reconfigure' | 'setPollPace'>;
  readonly log: Pick<CollectorLog, 'retune'>;
}

/** Lets a collector take up what changed of `settingOfKey`, how often domain controllers are polled, and what its log needs. */
export function collectorReload({ collector, log, ...section }: ReloadOptions): Reload {
  const { polling: begun } = section.running.section;
  return sectionReload({
    ...section,
    livePart: (of, key) => {
      if (key !== 'polling') return isLive(key) ? of[key] : undefined;
      // Polling that begins or ends needs a restart.
      const polling = begun && (of.polling ?? begun);
      return polling && pace.map((each) => polling[each]);
    },
    fixedPart: (of, key) => {
      if (key !== 'polling' || of.polling === undefined) return isLive(key) ? undefined : of[key];
      const polling: Partial<PollingConfig> = { ...of.polling };
      for (const each of pace) delete polling[each];
      return polling;
    },
    take: (now, keys) => {
      const changed = new Set<string | undefined>(keys.map((key) => settingOfKey[key]));
      const settings = Object.entries(collectorSettings(now.section, now.password, now.checks));
      collector.reconfigure(Object.fromEntries(settings.filter(([name]) => changed.has(name))));
      if (now.section.polling) collector.setPollPace(pollPace(now.section.polling));
      log.retune(now.section['log-level'], now.section['log-file-size'] * 1024 * 1024);
    },
  });
}
