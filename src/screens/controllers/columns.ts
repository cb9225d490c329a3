import type { Fields } from '../../query/fields.ts';
import type { ControllerMode, ControllerRow, ControllerState } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { sparkline } from '../parts/sparkline.ts';
import { stateColumn } from '../parts/state-column.ts';
import { type StateWord, wordsOf } from '../parts/state-words.ts';
import { age, count, countIn, latency } from '../text/format.ts';

const stateWords: Readonly<Record<ControllerState, StateWord>> = {
  ok: { mark: '+', word: 'ok', tone: 'good' },
  waiting: { mark: '~', word: 'waiting', tone: 'accent' },
  behind: { mark: '!', word: 'behind', tone: 'warn' },
  slow: { mark: '!', word: 'slow', tone: 'warn' },
  failed: { mark: 'x', word: 'failed', tone: 'bad' },
  'not-reported': { mark: '!', word: 'not seen', tone: 'warn' },
};

export function controllerWord({ state }: Pick<ControllerRow, 'state'>): StateWord {
  return stateWords[state];
}

const modeWords: Readonly<Record<ControllerMode, string>> = {
  netapi: 'sessions',
  'event-log': 'event log',
  wmi: 'WMI',
  agent: 'agent',
  none: 'none',
};

/** How a way of seeing logons is written. */
export function modeWord(mode: ControllerMode): string {
  return modeWords[mode];
}

/** The worst first. */
const stateOrder: readonly ControllerState[] = ['failed', 'not-reported', 'behind', 'slow', 'waiting', 'ok'];

/**
 * What of the log is not read: so many records, and for how long; blank where sessions are read. What is there now of a controller that
 * is not answered is not known: how long it has not been read.
 */
export function lagText({ state, polling }: ControllerRow, now: number, countText = count): string {
  if (polling === null) return '';
  if (state === 'failed')
    return polling.lastPoll === null ? 'never read' : `unread ${minutesSince(polling.lastPoll, now)}`;
  if (polling.lag === null) return '';
  const { records, seconds } = polling.lag;
  return records === 0 ? '0' : `${countText(records)}, ${age(seconds * 1000)}`;
}

function lagOf({ state, polling }: ControllerRow): number | null {
  return state === 'failed' ? null : (polling?.lag?.records ?? null);
}

/** The time of the last poll, and how often there is one: `12 ms/10s`. */
function pollText({ polling }: ControllerRow): string {
  const last = polling?.pollTimes.at(-1);
  if (!polling) return '';
  return `${last === undefined ? '' : latency(last)}/${age(polling.periodMs)}`;
}

const timesWidth = 10;

/**
 * One line for each domain controller of the attached collectors, and for each way in which its logons are seen:
 * - `State`; `Mode`: sessions (NetAPI), event log, WMI, agent, or none; `Name`
 * - `Event`: since the newest event; `Lag`: records behind the bookmark that are not read yet, and for how long
 * - `Poll`: how long the last poll took, and the time between two; `Times`: of the last polls, the newest last
 * - `/min`: logons a minute; `Lost`: records that were overwritten before they were read; `Error`: why the last poll failed
 * - `Domain`; `Way`: how it is reached; `Collector`: whose it is
 */
export function controllerColumnsIn(ascii: boolean): readonly Column<ControllerRow>[] {
  return [
    stateColumn(10, controllerWord),
    { id: 'mode', title: 'Mode', width: 9, priority: 1, text: (row) => modeWord(row.mode) },
    { id: 'name', title: 'Name', width: { min: 15, max: 50, grow: 2 }, priority: 1, text: (row) => row.name },
    {
      id: 'event',
      title: 'Event',
      width: 5,
      align: 'right',
      priority: 2,
      text: (row, now) => minutesSince(row.lastEvent, now),
    },
    {
      id: 'lag',
      title: 'Lag',
      width: 11,
      align: 'right',
      priority: 3,
      text: (row, now) => lagText(row, now, (records) => countIn(6, records)),
      tone: ({ state, polling }) =>
        state === 'failed' ? 'bad' : (polling?.lag?.records ?? 0) > 0 ? 'warn' : undefined,
    },
    { id: 'poll', title: 'Poll', width: 10, align: 'right', priority: 2, text: pollText },
    {
      id: 'times',
      title: 'Times',
      width: timesWidth,
      priority: 4,
      text: ({ polling }) => (polling ? sparkline(polling.pollTimes, timesWidth, ascii) : ''),
    },
    {
      id: 'rate',
      title: '/min',
      width: 6,
      align: 'right',
      priority: 3,
      text: ({ polling }) => (polling ? countIn(6, polling.logonsPerMinute) : ''),
    },
    {
      id: 'lost',
      title: 'Lost',
      width: 5,
      align: 'right',
      priority: 5,
      text: ({ polling }) => (polling === null || polling.log === null ? '' : countIn(5, polling.lost)),
      tone: ({ polling }) => ((polling?.lost ?? 0) > 0 ? 'bad' : undefined),
    },
    {
      id: 'error',
      title: 'Error',
      width: { min: 20, max: 80, grow: 3 },
      priority: 5,
      text: ({ problem }) => problem?.message ?? '',
      tone: () => 'bad',
    },
    {
      id: 'domain',
      title: 'Domain',
      width: { min: 12, max: 40, grow: 1 },
      priority: 6,
      text: ({ domain }) => domain ?? '',
    },
    {
      id: 'way',
      title: 'Way',
      width: { min: 16, max: 40, grow: 1 },
      priority: 7,
      text: ({ polling }) => polling?.means ?? '',
    },
    {
      id: 'collector',
      title: 'Collector',
      width: { min: 10, max: 35, grow: 1 },
      priority: 8,
      text: (row) => row.collector,
    },
  ];
}

export const controllerColumns = controllerColumnsIn(false);

/** What a query may name of a domain controller. */
export const controllerFields: Fields<ControllerRow> = {
  collector: { kind: 'text', help: 'attached collector', words: false, of: (row) => row.collector },
  name: { kind: 'text', help: 'name', of: (row) => row.name },
  domain: { kind: 'text', help: 'domain', of: (row) => row.domain ?? '' },
  mode: {
    kind: 'one-of',
    help: 'how its logons are seen',
    words: true,
    values: Object.values(modeWords).map((word) => word.toLowerCase()),
    of: (row) => modeWord(row.mode).toLowerCase(),
  },
  state: {
    kind: 'one-of',
    help: 'how it stands',
    words: true,
    values: wordsOf(stateWords),
    of: (row) => controllerWord(row).word.toLowerCase(),
  },
  event: { kind: 'age', help: 'since the newest event', of: (row) => row.lastEvent },
  poll: {
    kind: 'duration',
    help: 'time of the last poll',
    of: ({ polling }) => polling?.pollTimes.at(-1) ?? null,
  },
  every: { kind: 'duration', help: 'time between two polls', of: ({ polling }) => polling?.periodMs ?? null },
  polled: {
    kind: 'age',
    help: 'since the last poll that went well',
    of: ({ polling }) => polling?.lastPoll ?? null,
  },
  lag: {
    kind: 'number',
    help: 'records that are not read yet, unknown where polls fail',
    of: lagOf,
  },
  rate: { kind: 'number', help: 'logons a minute', of: ({ polling }) => polling?.logonsPerMinute ?? null },
  lost: {
    kind: 'number',
    help: 'records that were overwritten unread',
    of: ({ polling }) => polling?.lost ?? null,
  },
  error: { kind: 'text', help: 'why the last poll failed', of: ({ problem }) => problem?.message ?? null },
  fix: { kind: 'texts', help: 'what to do about it', words: false, of: ({ problem }) => problem?.fix ?? [] },
  way: { kind: 'text', help: 'how it is reached', words: false, of: ({ polling }) => polling?.means ?? null },
};

export const controllerView: ViewDefinition<ControllerRow> = {
  fields: controllerFields,
  compare: {
    state: by((row) => stateOrder.indexOf(row.state)),
    mode: by((row) => modeWord(row.mode)),
    name: by((row) => `${row.name}\u0000${row.mode}`),
    event: by((row) => (row.lastEvent === null ? null : -row.lastEvent)),
    lag: by(lagOf),
    poll: by(({ polling }) => polling?.pollTimes.at(-1) ?? null),
    times: by(({ polling }) => polling?.pollTimes.at(-1) ?? null),
    rate: by(({ polling }) => polling?.logonsPerMinute ?? null),
    lost: by(({ polling }) => polling?.lost ?? null),
    error: by(({ problem }) => problem?.message ?? null),
    domain: by((row) => row.domain),
    way: by(({ polling }) => polling?.means ?? null),
    collector: by((row) => row.collector),
  },
  sort: { column: 'name', direction: 'up' },
};
