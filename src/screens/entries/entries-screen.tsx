import type { ReactNode } from 'react';
import { accountName } from '../../logon-history.ts';
import type { ComponentRow } from '../../state/changes.ts';
import { blankAttached } from '../attached/attached-screen.tsx';
import type { Piece } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices, useVersion } from '../services.ts';
import { entryColumns } from './columns.ts';
import { entryLines } from './entry-lines.ts';

const paneHeight = 9;

/** The entries of the attached collectors, and below them all that is known of the selected one. */
export function EntriesScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  useVersion(stores.components);
  const now = useNow();
  const collectors = [...stores.components.values()].filter(({ kind }) => kind === 'collector');
  return (
    <ListWithPane
      screen={screen}
      title="Entries of collectors"
      columns={entryColumns}
      view={views.entries}
      blank={blankEntries(collectors, configured)}
      paneHeight={paneHeight}
      rest="Enter shows them"
      pane={(row) => ({
        title: accountName(row),
        lines: entryLines(row, now, screen.columns),
      })}
    />
  );
}

/** Why there is no entry to show. */
function blankEntries(collectors: readonly ComponentRow[], configured: Configured): readonly Piece[] {
  const away = collectors.flatMap(({ name, state, problem }): Piece[] =>
    state === 'away' ? [[`${name} is away`, 'bad'], problem?.message ?? ''] : [],
  );
  if (away.length > 0) return away;
  return collectors.some(({ state }) => state === 'connected')
    ? ['Nobody is logged on: the attached collectors have no entry.']
    : blankAttached(configured);
}
