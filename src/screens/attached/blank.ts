import type { ComponentRow } from '../../state/changes.ts';
import type { Piece } from '../parts/compose-line.ts';
import type { Configured } from '../services.ts';

/** What stands in place of the list of attached collectors while there is none. */
export function blankAttached({ attached = 0 }: Configured): readonly Piece[] {
  if (attached > 0) return [['Loading', 'accent'], 'No attached collector has answered yet.'];
  return [
    ['No collector is attached', 'title'],
    'Start a collector with --control-socket PATH, and fabrictop with --attach PATH, or name the socket under "collector-control:" in the configuration file.',
    ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
  ];
}

/** What stands in place of what attached collectors have: which of them are away and why, or `blank` where they answer and have none. */
export function blankOf(
  components: Iterable<ComponentRow>,
  configured: Configured,
  blank: readonly Piece[],
): readonly Piece[] {
  const collectors = [...components].filter(({ kind }) => kind === 'collector');
  const away = collectors.flatMap(({ name, state, problem }): Piece[] =>
    state === 'away' ? [[`${name} is away`, 'bad'], problem?.message ?? '', problem?.fix[0] ?? ''] : [],
  );
  if (away.length > 0) return away;
  return collectors.some(({ state }) => state === 'connected') ? blank : blankAttached(configured);
}
