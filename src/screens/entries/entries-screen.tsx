import type { ReactNode } from 'react';
import { accountName } from '../../logon-history.ts';
import { blankOf } from '../attached/blank.ts';
import type { Piece } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { entryColumns } from './columns.ts';
import { entryLines } from './entry-lines.ts';

const paneHeight = 9;

/** The entries of the attached collectors, and below them all that is known of the selected one. */
export function EntriesScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  useVersion(stores.components);
  const now = useNow();
  return (
    <ListWithPane
      screen={screen}
      title="Entries of collectors"
      columns={entryColumns}
      view={views.entries}
      blank={blankOf(stores.components.values(), configured, blank)}
      paneHeight={paneHeight}
      rest="Enter shows them"
      pane={(row) => ({
        title: accountName(row),
        lines: entryLines(row, now, screen.columns),
      })}
    />
  );
}

const blank: readonly Piece[] = ['Nobody is logged on: the attached collectors have no entry.'];
