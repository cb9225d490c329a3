import { isDeepStrictEqual } from 'node:util';
import { type PollingConfig, pollPace } from '../src/backends/collector-polling.ts';
import type { CollectorConfig } from '../src/config/schema.ts';
import type { Collector } from '../src/fsso/collector/collector.ts';
import { type CollectorEvent, collectorEvent } from '../src/fsso/collector/events.ts';

/** Keys that a running collector takes up; the others need a restart. */
const taken: ReadonlySet<string> = new Set(['fortigates', 'filters'] satisfies (keyof CollectorConfig)[]);

/** What of `polling` is taken up too. */
const takenPace: readonly (keyof PollingConfig)[] = ['period', 'periods'];

/** The value of a key without what is taken up. */
function fixedPart(section: CollectorConfig, key: keyof CollectorConfig): unknown {
  if (key !== 'polling' || section.polling === undefined) return section[key];
  const polling: Partial<PollingConfig> = { ...section.polling };
  for (const each of takenPace) delete polling[each];
  return polling;
}

/** Reads the configuration again; gives why it could not be taken up, in one line, or null. */
export type Reload = () => Promise<string | null>;

/**
 * What reads the configuration again: the collector takes up whom it serves and what each is told of, and how often domain
 * controllers are polled; the log names what needs a restart. A configuration that is wrong changes nothing.
 * @param read the collector's section; throws what is wrong with the configuration
 */
export function collectorReload(
  collector: Collector,
  running: CollectorConfig,
  read: () => Promise<CollectorConfig>,
  log: (event: CollectorEvent) => void,
): Reload {
  return async () => {
    try {
      const section = await read();
      const keys = Object.keys({ ...running, ...section }) as (keyof CollectorConfig)[];
      const restart = keys.filter(
        (key) => !taken.has(key) && !isDeepStrictEqual(fixedPart(running, key), fixedPart(section, key)),
      );
      if (section.polling) collector.setPollPace(pollPace(section.polling));
      collector.readdress({ fortigates: section.fortigates ?? null, filters: section.filters });
      log(collectorEvent({ msg: 'configuration read again', restart }));
      return null;
    } catch (error) {
      const why = (error as Error).message.replaceAll('\n', '; ');
      log(collectorEvent({ msg: 'configuration not read', why }));
      return why;
    }
  };
}

/** Reads the configuration again at each SIGHUP, until the returned function is called. */
export function reloadOnHangup(reload: Reload): () => void {
  const hangup = () => void reload();
  process.on('SIGHUP', hangup);
  return () => void process.off('SIGHUP', hangup);
}
