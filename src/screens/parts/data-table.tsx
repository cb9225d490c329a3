import { memo, type ReactNode, useLayoutEffect, useMemo } from 'react';
import type { ScreenView } from '../../state/ui.ts';
import type { View } from '../../state/view.ts';
import { follow } from '../../state/window.ts';
import { useTheme } from '../look.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { count } from '../text/format.ts';
import { printable } from '../text/printable.ts';
import type { Hit } from '../window.ts';
import {
  type Column,
  composeHeader,
  composeRow,
  type FittedColumn,
  fitColumns,
  type Run,
} from './columns.ts';
import { composeEnds, type Piece } from './compose-line.ts';
import { markerWidth, tableWidth } from './data-table-size.ts';
import { Line, Lines } from './line.tsx';
import { Message } from './message.tsx';

interface DataTableProps<T extends { readonly id: string }> {
  readonly title: string;
  readonly columns: readonly Column<T>[];
  readonly view: View<T>;
  readonly place: ScreenView;
  /** Cells of the screen. */
  readonly width: number;
  /** Lines in all: title, header and rows. */
  readonly height: number;
  /** What stands there while the table has no row at all. */
  readonly blank: readonly Piece[];
  /** What stands there when no row matches the filter, where more can be said than that. */
  readonly unmatched?: readonly Piece[] | undefined;
  /** Beside the title: what is wrong with the whole table. */
  readonly alert?: Piece | undefined;
}

/** Lines of a table that are no rows: its title and the header. */
export const tableChrome = 2;

/** The window of a sorted, filtered table: title, header, and only the rows that fit, each one line. */
export function DataTable<T extends { readonly id: string }>(props: DataTableProps<T>): ReactNode {
  const { title, columns, view, place, width, height, blank, unmatched, alert } = props;
  const { stores, window } = useServices();
  const { ascii, ellipsis } = useTheme();
  useVersion(view);
  const now = useNow();
  const fitted = useMemo(() => fitColumns(columns, tableWidth(width)), [columns, width]);
  const rowsHeight = Math.max(1, height - tableChrome);
  const seen = follow(view, place, rowsHeight);
  useLayoutEffect(() => {
    Object.assign(window, {
      height: rowsHeight,
      lines: view.matched,
      columns: width,
      grid: undefined,
      hit: tableHit(fitted, seen.offset, rowsHeight),
    });
    if (seen !== place) stores.ui.update(seen);
  });
  const header: Run[] = [
    { text: printable(' '.repeat(markerWidth)) },
    ...composeHeader(fitted, { sort: view.sort, ascii }),
  ];
  const rows = view.slice(seen.offset, rowsHeight);
  const sortedBy = columns.find((column) => column.id === view.sort.column)?.title;
  const message = tableMessage(view, blank, unmatched);
  return (
    <>
      <Line runs={composeEnds(...titleLine(title, view, seen.offset, rowsHeight, alert, sortedBy), width)} />
      {message ? (
        <Message pieces={message} width={width} height={height - 1} />
      ) : (
        <>
          <Line runs={header} />
          {rows.map((row, line) => (
            <Row
              key={row.id}
              row={row}
              fitted={fitted as readonly FittedColumn<never>[]}
              now={now}
              cursor={seen.offset + line === seen.index}
              ellipsis={ellipsis}
            />
          ))}
          <Lines lines={Array.from({ length: rowsHeight - rows.length }, () => [])} />
        </>
      )}
    </>
  );
}

/** What stands where in a table: the header below its title, then the rows. */
function tableHit(
  fitted: readonly FittedColumn<never>[],
  offset: number,
  height: number,
): (x: number, y: number) => Hit | null {
  return (x, y) => {
    const line = y - tableChrome;
    if (line >= 0) return line < height ? { kind: 'row', index: offset + line } : null;
    if (line < -1) return null;
    let end = markerWidth;
    for (const [place, { width, after }] of fitted.entries()) {
      end += width + after;
      if (x < end) return { kind: 'column', place };
    }
    return null;
  };
}

interface RowProps {
  readonly row: object;
  readonly fitted: readonly FittedColumn<never>[];
  readonly now: number;
  readonly cursor: boolean;
  readonly ellipsis: '…' | '~';
}

// A row is replaced when it changes and never altered, so that one that did not change is not composed again.
const Row = memo(function Row({ row, fitted, now, cursor, ellipsis }: RowProps): ReactNode {
  const theme = useTheme();
  const runs = composeRow(row as never, fitted, now, ellipsis);
  const marker: Run = { text: printable(cursor ? '> ' : '  ') };
  return <Line runs={[marker, ...runs]} {...(cursor ? { over: theme.cursor } : {})} />;
});

/** What stands in place of the rows where there are none; null where there are. */
export function tableMessage<T>(
  view: View<T>,
  blank: readonly Piece[],
  unmatched?: readonly Piece[],
): readonly Piece[] | null {
  if (view.total === 0) return blank;
  if (view.matched > 0) return null;
  if (unmatched !== undefined && view.progress === null)
    return [...unmatched, ['Esc clears the filter.', 'muted']];
  const found = view.progress?.work === 'filter' ? 'No row so far matches' : 'No row matches';
  return [`${found} ${view.filter}`, ['Esc clears the filter.', 'muted']];
}

/** Both ends of the line over a list: what it is, how many rows match, and which of them are seen. */
export function titleLine<T>(
  title: string,
  view: View<T>,
  offset: number,
  height: number,
  alert?: Piece,
  sortedBy: string = view.sort.column,
): [Piece[], Piece[]] {
  const left: Piece[] = [[title, 'title'], '  '];
  if (view.filter === '') left.push([rowsText(view.total), 'muted']);
  else
    left.push(
      [`${count(view.matched)} of ${rowsText(view.total)} match${soFar(view)} `, 'muted'],
      [view.filter, 'accent'],
    );
  if (view.progress?.work === 'sort') left.push('  ', [`sorting by ${sortedBy} ...`, 'accent']);
  if (alert !== undefined) left.push('  ', alert);
  const last = Math.min(view.matched, offset + height);
  const right: Piece[] = view.matched > height ? [[`${count(offset + 1)}-${count(last)}`, 'muted']] : [];
  return [left, right];
}

function soFar({ progress }: Pick<View<never>, 'progress'>): string {
  if (progress?.work !== 'filter') return '';
  return progress.share === null ? ' so far,' : ` so far, ${Math.floor(progress.share * 100)} % looked at,`;
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${count(rows)} rows`;
}
