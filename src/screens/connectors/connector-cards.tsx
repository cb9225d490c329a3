import { type ReactNode, useLayoutEffect } from 'react';
import type { ConnectorRow } from '../../state/changes.ts';
import type { View } from '../../state/view.ts';
import { follow } from '../../state/window.ts';
import { useTheme } from '../look.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds, type Piece } from '../parts/compose-line.ts';
import { tableMessage, titleLine } from '../parts/data-table.tsx';
import { DetailPane } from '../parts/detail-pane.tsx';
import { Line, Lines } from '../parts/line.tsx';
import type { Pane } from '../parts/list-with-pane.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { printable } from '../text/printable.ts';
import type { Hit } from '../window.ts';
import { type CardGrid, cardGap, cardGrid, firstCard } from './card-grid.ts';
import { cardLines } from './card-lines.ts';

interface ConnectorCardsProps {
  readonly screen: ScreenProps;
  readonly title: string;
  readonly view: View<ConnectorRow>;
  readonly blank: readonly Piece[];
  pane(row: ConnectorRow): Pane;
}

// Less than this says nothing of the selected card that it does not say itself.
const leastPane = 6;

/** The connectors as cards, in the order and with the filter of the table; below them all about the selected one. */
export function ConnectorCards({ screen, title, view, blank, pane }: ConnectorCardsProps): ReactNode {
  const { stores, window } = useServices();
  const { rule } = useTheme();
  useVersion(view);
  const now = useNow();
  const { place, columns: width, rows: height } = screen;
  const grid = cardGrid(view.matched, width, height - 1);
  const visible = grid.columns * grid.rows;
  const seen = follow(view, place, visible);
  const first = firstCard(seen.offset, seen.index, grid);
  useLayoutEffect(() => {
    Object.assign(window, {
      height: visible,
      lines: view.matched,
      columns: width,
      grid: grid.columns,
      hit: (x: number, y: number) => cardHit(grid, first, x, y - 1),
    });
    if (seen !== place) stores.ui.update(seen);
  });
  const message = tableMessage(view, blank);
  const cards = view.slice(first, visible).map((row, at) =>
    cardLines(row, {
      width: grid.width,
      height: grid.height,
      now,
      cursor: first + at === seen.index,
      rule,
    }),
  );
  const selected = view.at(seen.index);
  const left = height - 1 - grid.rows * grid.height;
  const below = selected && left >= leastPane ? pane(selected) : null;
  return (
    <>
      <Line runs={composeEnds(...titleLine(title, view, first, visible), width)} />
      {message ? (
        <Message pieces={message} width={width} height={height - 1} />
      ) : (
        <>
          <Lines lines={beside(cards, grid.columns)} />
          {below ? (
            <DetailPane title={below.title} lines={below.lines} width={width} height={left} />
          ) : (
            <Lines lines={Array.from({ length: Math.max(0, left) }, () => [])} />
          )}
        </>
      )}
    </>
  );
}

/** The card at a cell below the title. */
function cardHit(
  { columns, rows, width, height }: CardGrid,
  first: number,
  x: number,
  y: number,
): Hit | null {
  const column = Math.floor(x / (width + cardGap));
  const row = Math.floor(y / height);
  if (y < 0 || row >= rows || column >= columns) return null;
  return { kind: 'row', index: first + row * columns + column };
}

/** Cards of the same height, so many beside each other. */
function beside(cards: readonly Run[][][], columns: number): Run[][] {
  const gap: Run = { text: printable(' '.repeat(cardGap)) };
  return Array.from({ length: Math.ceil(cards.length / columns) }, (_, row) => {
    const [first = [], ...others] = cards.slice(row * columns, (row + 1) * columns);
    return first.map((line, place) => [...line, ...others.flatMap((card) => [gap, ...(card[place] ?? [])])]);
  }).flat();
}
