import { accountName } from '../../logon-history.ts';
import { entryFields } from '../../query/entry-fields.ts';
import type { EntryRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { addressKey, by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import type { StateWord } from '../parts/state-words.ts';
import { countdown } from '../text/format.ts';

/** The words of the collector for an entry. */
const statusWords: Readonly<Record<EntryRow['status'], StateWord>> = {
  ok: { mark: '+', word: 'OK', tone: 'good' },
  'not-verified': { mark: '!', word: 'Not Verified', tone: 'warn' },
};

export function entryWord({ status }: Pick<EntryRow, 'status'>): StateWord {
  return statusWords[status];
}

/** Its address, with the session of a terminal server behind it. */
export function entryPlace({ ip, session }: Pick<EntryRow, 'ip' | 'session'>): string {
  return session === 0 ? ip : `${ip} #${session}`;
}

/** Coarse, as a second that counts down costs bytes on an idle screen; blank where it does not happen. */
export function minutesUntil(time: number | null, now: number): string {
  if (time === null) return '';
  return time - now < 60_000 ? '<1m' : countdown(time - now);
}

/**
 * One line for each entry of the attached collectors: who is logged on where, how that is known, and until when.
 * - `User` with the domain; `Address`, with the session of a terminal server behind it
 * - `Status`: OK, or Not Verified where it could not be checked lately
 * - `Source`: who reported it; `Age`: since the logon; `Check`: until it is checked again; `Left`: until it ends by itself
 */
export const entryColumns: readonly Column<EntryRow>[] = [
  {
    id: 'user',
    title: 'User',
    width: { min: 14, max: 40, grow: 2 },
    priority: 1,
    text: accountName,
  },
  {
    id: 'ip',
    title: 'Address',
    width: { min: 13, max: 19, grow: 1 },
    priority: 1,
    text: entryPlace,
  },
  { ...stateColumn(14, entryWord), id: 'status', title: 'Status' },
  {
    id: 'agent',
    title: 'Source',
    width: { min: 14, max: 40, grow: 1 },
    priority: 2,
    text: (row) => row.agent,
  },
  {
    id: 'age',
    title: 'Age',
    width: 4,
    align: 'right',
    priority: 2,
    text: (row, now) => minutesSince(row.logonTime, now),
  },
  {
    id: 'check',
    title: 'Check',
    width: 5,
    align: 'right',
    priority: 4,
    text: (row, now) => minutesUntil(row.nextCheckAt, now),
  },
  {
    id: 'left',
    title: 'Left',
    width: 5,
    align: 'right',
    priority: 3,
    text: (row, now) => minutesUntil(row.expiresAt, now),
  },
  {
    id: 'ws',
    title: 'Workstation',
    width: { min: 12, max: 30 },
    priority: 5,
    text: (row) => row.workstation,
  },
  { id: 'feed', title: 'Feed', width: 10, priority: 7, text: (row) => row.feed ?? '' },
  {
    id: 'groups',
    title: 'Groups',
    width: { min: 12, max: 80, grow: 2 },
    priority: 6,
    text: (row) => row.groups.join(' '),
  },
  {
    id: 'collector',
    title: 'Collector',
    width: { min: 10, max: 35 },
    priority: 8,
    text: (row) => row.collector,
  },
];

export const entryView: ViewDefinition<EntryRow> = {
  fields: entryFields,
  compare: {
    user: by((row) => row.user),
    ip: by((row) => addressKey(row.ip)),
    status: by((row) => row.status),
    agent: by((row) => row.agent),
    age: by((row) => -row.logonTime),
    check: by((row) => row.nextCheckAt),
    left: by((row) => row.expiresAt),
    ws: by((row) => row.workstation),
    feed: by((row) => row.feed),
    groups: by((row) => row.groups.join(' ')),
    collector: by((row) => row.collector),
  },
  sort: { column: 'age', direction: 'up' },
};
