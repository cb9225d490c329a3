import { isDeepStrictEqual } from 'node:util';
import { type CollectorEvent, collectorEvent } from '../src/fsso/collector/events.ts';
import type { Lines } from './log-lines.ts';

/** Reads the configuration again; gives why it could not be taken up, in one line, or null. */
export type Reload = () => Promise<string | null>;

/** A section of the configuration, and the password for FortiGates that it names. */
export interface ReadSection<Section> {
  readonly section: Section;
  readonly password: string | null;
}

/** `Now` is a section with what else was read for it. */
export interface SectionReload<Section, Now extends ReadSection<Section> = ReadSection<Section>> {
  /** With which the role was started. */
  readonly running: ReadSection<Section>;
  /** As it is now. Throws what is wrong with the configuration. */
  readonly read: () => Promise<Now>;
  /** What of a key is taken up without a restart, and what is not; undefined for nothing of it. */
  readonly livePart: (section: Section, key: keyof Section) => unknown;
  readonly fixedPart: (section: Section, key: keyof Section) => unknown;
  /** Takes up the keys that changed. Throws for what cannot be used, and then nothing has changed. */
  readonly take: (now: Now, keys: readonly (keyof Section)[]) => void;
  readonly report: (event: CollectorEvent) => void;
}

/**
 * What reads a section again: what changed and needs no restart is taken up, the log names it, and what needs one. A
 * configuration that is wrong changes nothing.
 */
export function sectionReload<Section extends object, Now extends ReadSection<Section>>(
  options: SectionReload<Section, Now>,
): Reload {
  const { running, read, livePart, fixedPart, take, report } = options;
  let current: ReadSection<Section> = running;
  return async () => {
    try {
      const now = await read();
      const keys = Object.keys({ ...current.section, ...now.section }) as (keyof Section & string)[];
      const taken = keys.filter(
        (key) => !isDeepStrictEqual(livePart(current.section, key), livePart(now.section, key)),
      );
      // Where the password stands may be the same, and the password another one.
      const password = 'password' as keyof Section & string;
      if (now.password !== current.password && !taken.includes(password)) taken.push(password);
      const restart = keys.filter(
        (key) => !isDeepStrictEqual(fixedPart(running.section, key), fixedPart(now.section, key)),
      );
      take(now, taken);
      current = now;
      report(collectorEvent({ msg: 'configuration read again', taken, restart }));
      return null;
    } catch (error) {
      const why = (error as Error).message.replaceAll('\n', '; ');
      report(collectorEvent({ msg: 'configuration not read', why }));
      return why;
    }
  };
}

/**
 * At each SIGHUP opens the files of a log anew, as those who move log files expect, and reads the configuration again, until
 * the returned function is called.
 */
export function reloadOnHangup(log: Pick<Lines, 'reopen'>, reload: () => unknown): () => void {
  const hangup = () => {
    log.reopen?.();
    reload();
  };
  process.on('SIGHUP', hangup);
  return () => void process.off('SIGHUP', hangup);
}
