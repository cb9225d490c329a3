import { endingWords, type HistoryRow } from '../../logon-history.ts';
import { historyFields } from '../../query/history-fields.ts';
import type { ViewDefinition } from '../../state/view.ts';
import type { Column, Tone } from '../parts/columns.ts';
import { addressKey, by } from '../parts/order.ts';
import { dateTime } from '../text/format.ts';

/** `01-15 09:14:00`: an interval is rarely as old as a year, and its pane has the year. */
function shortTime(ms: number): string {
  return dateTime(ms).slice(5, 19).replace('T', ' ');
}

const tones: Partial<Record<NonNullable<HistoryRow['endedBy']>, Tone>> = {
  replaced: 'warn',
  'not-observed': 'muted',
};

/**
 * One line for each interval, the newest on top:
 * - `From`: when the first report of it came; `Until`: when it ended, or `now`; both UTC
 * - `User`, `IP address`, `Workstation`, `Domain`: as the collector reported them
 * - `Ended`: why, blank while it lasts
 * - `Session`: of a terminal server; `Connector`, `Collector`: where we know it from
 */
export const historyColumns: readonly Column<HistoryRow>[] = [
  { id: 'from', title: 'From', width: 14, priority: 1, text: (row) => shortTime(row.began) },
  {
    id: 'until',
    title: 'Until',
    width: 14,
    priority: 2,
    text: (row) => (row.ended === null ? 'now' : shortTime(row.ended)),
    tone: (row) => (row.ended === null ? 'good' : undefined),
  },
  { id: 'user', title: 'User', width: { min: 12, max: 32 }, priority: 1, text: (row) => row.user },
  {
    id: 'ip',
    title: 'IP address',
    width: { min: 15, max: 39, grow: 0.2 },
    priority: 1,
    text: (row) => row.ip,
  },
  {
    id: 'ended',
    title: 'Ended',
    width: { min: 18, max: 60, grow: 2 },
    priority: 1,
    text: (row) => (row.unseen !== null && row.ended === null ? 'link lost' : endingWords(row)),
    tone: (row) => (row.endedBy === null ? 'warn' : tones[row.endedBy]),
  },
  {
    id: 'workstation',
    title: 'Workstation',
    width: { min: 11, max: 32 },
    priority: 3,
    text: (row) => row.workstation,
  },
  {
    id: 'domain',
    title: 'Domain',
    width: { min: 8, max: 20, grow: 0.5 },
    priority: 5,
    text: (row) => row.domain,
  },
  {
    id: 'session',
    title: 'Session',
    width: 7,
    align: 'right',
    priority: 7,
    text: (row) => (row.session === 0 ? '' : String(row.session)),
  },
  {
    id: 'connector',
    title: 'Connector',
    width: { min: 10, max: 20, grow: 0.5 },
    priority: 8,
    text: (row) => row.connector,
  },
  {
    id: 'server',
    title: 'Collector',
    width: { min: 18, max: 40, grow: 0.5 },
    priority: 6,
    text: (row) => row.server,
  },
];

export const historyView: ViewDefinition<HistoryRow> = {
  fields: historyFields,
  compare: {
    from: by((row) => row.began),
    until: by((row) => row.ended ?? Number.POSITIVE_INFINITY),
    user: by((row) => row.user),
    ip: by((row) => addressKey(row.ip)),
    domain: by((row) => row.domain),
    workstation: by((row) => row.workstation),
    session: by((row) => row.session),
    ended: by((row) => endingWords(row)),
    connector: by((row) => row.connector),
    server: by((row) => row.server),
  },
  sort: { column: 'from', direction: 'down' },
};
