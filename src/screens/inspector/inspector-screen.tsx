import type { ReactNode } from 'react';
import type { MessageRow } from '../../message-trace.ts';
import type { Run } from '../parts/columns.ts';
import { type Piece, wrapText } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { exactTime, messageColumns } from './columns.ts';

// A rule, and what nearly every message says.
const paneHeight = 4;

const blank: readonly Piece[] = [
  ['Nothing has passed over this link', 'title'],
  'A collector that was not tried since the start has sent nothing, nor was anything sent to it.',
];

/** The messages of one link as they come, the newest on top, and below them what the selected one says in full. */
export function InspectorScreen(screen: ScreenProps): ReactNode {
  const { views, stores } = useServices();
  const { place, rows, columns } = screen;
  const link = stores.collectors.get(place.subject ?? '');
  const [connector = '', server = ''] = (place.subject ?? '').split('|');
  return (
    <ListWithPane
      screen={screen}
      title={`Messages of ${link?.connector ?? connector} ${link?.server ?? server}`}
      columns={messageColumns}
      view={views.messages}
      blank={blank}
      paneHeight={paneHeight}
      listRows={rows}
      pane={(row) => ({ title: paneTitle(row), lines: sayLines(row, columns) })}
    />
  );
}

function paneTitle({ at, name, connection, purpose }: MessageRow): string {
  return `${exactTime(at)}  ${name}  connection ${connection}${purpose === 'probe' ? ', a probe' : ''}`;
}

function sayLines({ summary, unknown }: MessageRow, width: number): Run[][] {
  return wrapText(summary, width).map((text): Run[] => [{ text, tone: unknown ? 'warn' : 'plain' }]);
}
