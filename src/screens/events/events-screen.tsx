import type { ReactNode } from 'react';
import { fortiosFields } from '../../fortios-log.ts';
import type { EventRow } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { wrapText } from '../parts/compose-line.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { eventLevelTones } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { eventColumns } from './columns.ts';

// A rule, and the text and the fields of nearly every event; a longer one takes a taller window.
const paneHeight = 6;

const inTitle: ReadonlySet<string> = new Set(['date', 'time', 'level']);
const inEvery: ReadonlySet<string> = new Set(['vd', 'devid', 'logid', 'type', 'subtype', 'eventtime', 'tz']);

/** The event log, the newest on top, and below it the whole text of the selected event with its FortiOS fields. */
export function EventsScreen(screen: ScreenProps): ReactNode {
  const { views } = useServices();
  return (
    <ListWithPane
      screen={screen}
      title="Event log"
      columns={eventColumns}
      view={views.events}
      blank={[
        ['Nothing has happened yet', 'title'],
        'Every change of a connector, a link and a logon is written here, with the newest on top.',
      ]}
      paneHeight={paneHeight}
      // The log fills the screen soon enough; until then its pane shall not move with each line.
      listRows={screen.rows}
      pane={(row) => ({
        title: `${dateTime(row.time)}  ${row.level}  ${row.source}`,
        lines: detailLines(row, screen.columns),
      })}
    />
  );
}

function detailLines(row: EventRow, columns: number): Run[][] {
  const { text, level, logId, fields } = row;
  // The title of the pane shows date, time and level; what the event is about comes first.
  const shown = fortiosFields(row).filter(([name]) => !inTitle.has(name));
  const named = [
    ...shown.filter(([name]) => !inEvery.has(name)),
    ...shown.filter(([name]) => inEvery.has(name)),
  ].map(([name, value]) => `${name}=${value}`);
  const log =
    logId === null || fields === undefined ? [] : wrapText([`log ${logId}`, ...named].join('  '), columns);
  return [
    ...wrapText(text, columns).map((line): Run[] => [{ text: line, tone: eventLevelTones[level] }]),
    ...log.map((line): Run[] => [{ text: line, tone: 'muted' }]),
  ];
}
