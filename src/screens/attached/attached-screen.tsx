import { type ReactNode, useMemo } from 'react';
import { useTheme } from '../look.ts';
import type { Piece } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices } from '../services.ts';
import { componentColumnsIn, kindWord } from './columns.ts';
import { componentLines } from './component-lines.ts';

const paneHeight = 9;

/** The attached collectors and all that they are made of, and below the list what the selected row says in full. */
export function AttachedScreen(screen: ScreenProps): ReactNode {
  const { views, configured } = useServices();
  const { ascii } = useTheme();
  const now = useNow();
  const columns = useMemo(() => componentColumnsIn(ascii), [ascii]);
  return (
    <ListWithPane
      screen={screen}
      title="Attached collectors"
      columns={columns}
      view={views.components}
      blank={blankAttached(configured)}
      paneHeight={paneHeight}
      rest="Enter shows them"
      pane={(row) => ({
        title: `${kindWord(row)} ${row.name}`,
        lines: componentLines(row, { width: screen.columns, now, ascii }),
      })}
    />
  );
}

/** What stands in place of the list, and of that of their entries, while there is none. */
export function blankAttached({ attached = 0 }: Configured): readonly Piece[] {
  if (attached > 0) return [['Loading', 'accent'], 'No attached collector has answered yet.'];
  return [
    ['No collector is attached', 'title'],
    'Start a collector with --control-socket PATH, and fabrictop with --attach PATH, or name the socket under "collector-control:" in the configuration file.',
    ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
  ];
}
