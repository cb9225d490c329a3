import type { Fields } from '../../query/fields.ts';
import type { EventRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { eventLevelTones } from '../parts/state-words.ts';
import { dateTime, time } from '../text/format.ts';

const levelOrder: readonly EventRow['level'][] = ['info', 'notice', 'warning', 'error'];

/**
 * One line for each event, the newest on top:
 * - `Time`: UTC; `Level`: info, notice, warning or error
 * - `Source`: the connector or collector it is about, or `fabrictop`
 * - `Log id`: of the FortiOS log that says the same, where there is one
 * - `Event`: what happened
 */
export const eventColumns: readonly Column<EventRow>[] = [
  { id: 'date', title: 'Date', width: 10, priority: 5, text: (row) => dateTime(row.time).slice(0, 10) },
  { id: 'time', title: 'Time', width: 8, priority: 1, text: (row) => time(row.time) },
  {
    id: 'level',
    title: 'Level',
    width: 8,
    priority: 1,
    text: (row) => row.level,
    tone: (row) => eventLevelTones[row.level],
  },
  {
    id: 'source',
    title: 'Source',
    width: { min: 12, max: 30, grow: 0.3 },
    priority: 2,
    text: (row) => row.source,
  },
  {
    id: 'log',
    title: 'Log id',
    width: 7,
    align: 'right',
    priority: 4,
    text: (row) => (row.logId === null ? '' : String(row.logId)),
  },
  { id: 'text', title: 'Event', width: { min: 44, max: 400, grow: 4 }, priority: 1, text: (row) => row.text },
];

/** What a query may name of an event. */
export const eventFields: Fields<EventRow> = {
  time: { kind: 'time', help: 'when it happened', of: (row) => row.time },
  age: { kind: 'age', help: 'since it happened', of: (row) => row.time },
  level: {
    kind: 'one-of',
    help: 'how grave it is',
    words: true,
    values: levelOrder,
    of: (row) => row.level,
  },
  source: { kind: 'text', help: 'what it is about', of: (row) => row.source },
  log: { kind: 'number', help: 'FortiOS log id', words: true, of: (row) => row.logId },
  text: { kind: 'text', help: 'what happened', of: (row) => row.text },
};

export const eventView: ViewDefinition<EventRow> = {
  fields: eventFields,
  compare: {
    date: by((row) => row.number),
    time: by((row) => row.number),
    level: by((row) => levelOrder.indexOf(row.level)),
    source: by((row) => row.source),
    log: by((row) => row.logId),
    text: by((row) => row.text),
  },
  sort: { column: 'time', direction: 'down' },
};
