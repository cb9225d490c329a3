import { type ReactNode, useMemo } from 'react';
import { useTheme } from '../look.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices } from '../services.ts';
import { blankAttached } from './blank.ts';
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
