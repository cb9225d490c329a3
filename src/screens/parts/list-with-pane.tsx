import type { ReactNode } from 'react';
import type { View } from '../../state/view.ts';
import { follow } from '../../state/window.ts';
import type { ScreenProps } from '../screen-props.ts';
import { useVersion } from '../services.ts';
import type { Column, Run } from './columns.ts';
import type { Piece } from './compose-line.ts';
import { DataTable, tableChrome } from './data-table.tsx';
import { DetailPane, splitHeight } from './detail-pane.tsx';

/** What stands below a list. */
export interface Pane {
  readonly title: string;
  readonly lines: readonly Run[][];
}

interface ListWithPaneProps<T extends { readonly id: string }> {
  readonly screen: ScreenProps;
  readonly title: string;
  readonly columns: readonly Column<T>[];
  readonly view: View<T>;
  readonly blank: readonly Piece[];
  readonly unmatched?: readonly Piece[] | undefined;
  readonly alert?: Piece | undefined;
  /** What stands in its place where the window has no room for the pane, and the selected row has something to say. */
  readonly unsaid?: (row: T) => Piece | undefined;
  /** Where the lines of the pane are that do not fit; a taller window where it is left out. */
  readonly rest?: string;
  /** Lines that the pane wants, with its rule. */
  readonly paneHeight: number;
  /** Rows that the list has use for; all of the table where it is left out. */
  readonly listRows?: number;
  /** All about the selected row; null where there is nothing more to say, and the list has the whole screen. */
  pane(row: T): Pane | null;
}

/** A list, and below it all about its selected row. */
export function ListWithPane<T extends { readonly id: string }>(props: ListWithPaneProps<T>): ReactNode {
  const { screen, title, columns, view, blank, unmatched, alert, paneHeight, listRows } = props;
  useVersion(view);
  const split = splitHeight(screen.rows, listRows ?? view.total, paneHeight);
  const row = view.at(follow(view, screen.place, split.list - tableChrome).index);
  const pane = row ? props.pane(row) : null;
  const isCut = pane !== null && split.pane === 0;
  return (
    <>
      <DataTable
        title={title}
        columns={columns}
        view={view}
        place={screen.place}
        width={screen.columns}
        height={pane ? split.list : screen.rows}
        blank={blank}
        unmatched={unmatched}
        alert={(isCut && row && props.unsaid?.(row)) || alert}
      />
      {pane && (
        <DetailPane
          title={pane.title}
          lines={pane.lines}
          width={screen.columns}
          height={split.pane}
          rest={props.rest}
        />
      )}
    </>
  );
}
