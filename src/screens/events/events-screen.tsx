import type { ReactNode } from 'react';
import type { EventRow } from '../../state/changes.ts';
import { follow } from '../../state/window.ts';
import type { Run } from '../parts/columns.ts';
import { wrapText } from '../parts/compose-line.ts';
import { DataTable } from '../parts/data-table.tsx';
import { DetailPane, splitHeight } from '../parts/detail-pane.tsx';
import { eventLevelTones } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { useServices, useVersion } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { eventColumns } from './columns.ts';

// A rule, and the text and the fields of nearly every event; a longer one takes a taller window.
const paneHeight = 6;

/** The event log, the newest on top, and below it the whole text of the selected event with its FortiOS fields. */
export function EventsScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { views } = useServices();
  const view = views.events;
  useVersion(view);
  const split = splitHeight(rows, rows, paneHeight);
  const shown = view.at(follow(view, place, split.list - 2).index);
  return (
    <>
      <DataTable
        title="Event log"
        columns={eventColumns}
        view={view}
        place={place}
        width={columns}
        height={shown ? split.list : rows}
        blank={[
          ['Nothing has happened yet', 'title'],
          'Every change of a connector, a link and a logon is written here, with the newest on top.',
        ]}
      />
      {shown && (
        <DetailPane
          title={`${dateTime(shown.time)}  ${shown.level}  ${shown.source}`}
          lines={detailLines(shown, columns)}
          width={columns}
          height={split.pane}
        />
      )}
    </>
  );
}

function detailLines({ text, level, logId, fields }: EventRow, columns: number): Run[][] {
  const named = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${value}`);
  const log =
    logId === null || named.length === 0 ? [] : wrapText([`log ${logId}`, ...named].join('  '), columns);
  return [
    ...wrapText(text, columns).map((line): Run[] => [{ text: line, tone: eventLevelTones[level] }]),
    ...log.map((line): Run[] => [{ text: line, tone: 'muted' }]),
  ];
}
