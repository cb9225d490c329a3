import type { EdirectoryConfig } from '../src/config/edirectory.ts';
import type { EdirectoryAgent } from '../src/fsso/agents/edirectory/agent.ts';
import type { Lines } from './log-lines.ts';
import { type Reload, type SectionReload, sectionReload } from './section-reload.ts';

/** Keys that a running agent takes up. */
const live: readonly (keyof EdirectoryConfig)[] = ['password', 'fortigates', 'filters', 'log-file-size'];

export interface EdirectoryReloadOptions
  extends Pick<SectionReload<EdirectoryConfig>, 'running' | 'read' | 'report'> {
  readonly agent: Pick<EdirectoryAgent, 'reconfigure'>;
  readonly lines: Pick<Lines, 'retune'>;
}

/** Lets an eDirectory agent take up whom it serves with what, and how long its log may grow. */
export function edirectoryReload({ agent, lines, ...section }: EdirectoryReloadOptions): Reload {
  return sectionReload({
    ...section,
    livePart: (of, key) => (live.includes(key) ? of[key] : undefined),
    fixedPart: (of, key) => (live.includes(key) ? undefined : of[key]),
    take: ({ section: { fortigates, filters, 'log-file-size': megabytes }, password }, keys) => {
      agent.reconfigure({
        ...(keys.includes('password') && { password }),
        ...(keys.includes('fortigates') && { fortigates: fortigates ?? null }),
        ...(keys.includes('filters') && { filters }),
      });
      lines.retune?.(megabytes * 1024 * 1024);
    },
  });
}
