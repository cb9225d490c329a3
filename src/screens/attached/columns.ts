import type { Fields } from '../../query/fields.ts';
import type { ComponentKind, ComponentRow, ComponentState } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { sparkline } from '../parts/sparkline.ts';
import { stateColumn } from '../parts/state-column.ts';
import { type StateWord, wordsOf } from '../parts/state-words.ts';
import { age, bytes, count, latency } from '../text/format.ts';
import { traffic } from './traffic.ts';

const stateWords: Readonly<Record<ComponentState, StateWord>> = {
  connecting: { mark: '~', word: 'connecting', tone: 'accent' },
  connected: { mark: '+', word: 'connected', tone: 'good' },
  away: { mark: 'x', word: 'away', tone: 'bad' },
  ok: { mark: '+', word: 'ok', tone: 'good' },
  idle: { mark: '-', word: 'idle', tone: 'muted' },
  silent: { mark: '!', word: 'silent', tone: 'warn' },
  'clock-off': { mark: '!', word: 'clock off', tone: 'warn' },
  'not-reported': { mark: '!', word: 'no agent', tone: 'warn' },
  slow: { mark: '!', word: 'slow', tone: 'warn' },
  'very-slow': { mark: 'x', word: 'very slow', tone: 'bad' },
  failed: { mark: 'x', word: 'failed', tone: 'bad' },
  'waiting-hello': { mark: '~', word: 'no hello yet', tone: 'accent' },
  closing: { mark: '~', word: 'closing', tone: 'muted' },
};

/** How a component is written. */
export function componentWord({ state }: Pick<ComponentRow, 'state'>): StateWord {
  return stateWords[state];
}

/** The kinds as they are written, in the order of the list. */
const kindWords: Readonly<Record<ComponentKind, string>> = {
  collector: 'collector',
  feed: 'feed',
  agent: 'agent',
  dc: 'DC',
  ldap: 'LDAP',
  dns: 'DNS',
  fortigate: 'FortiGate',
  queue: 'queue',
};
const kindOrder = Object.keys(kindWords);

export function kindWord({ kind }: Pick<ComponentRow, 'kind'>): string {
  return kindWords[kind];
}

/** The one figure that says most of its kind. */
function loadText(row: ComponentRow): string {
  const { load, answerMs, oldestMs, bytesPerSecond } = row;
  if (answerMs !== null) return latency(answerMs);
  if (load?.unit === 'bytes') return bytes(load.amount);
  if (load?.unit === 'waiting')
    return `${count(load.amount)}${load.amount > 0 && oldestMs !== null ? `, ${age(oldestMs)}` : ''}`;
  if (load?.unit === 'entries') return `${count(load.amount)} users`;
  return bytesPerSecond === null ? '' : traffic(bytesPerSecond);
}

const historyWidth = 10;

/**
 * One line for each attached collector, and for each thing that it is made of or deals with:
 * - `State`; `Kind`: collector, feed, agent, DC, LDAP, DNS, FortiGate, queue; `Name`
 * - `Event`: since the last logon through it, or the last answer of a server; `Events`: of each slot of time, the newest last
 * - `Load`: users of a collector, traffic of a feed or an agent, time of the last answer of a server, bytes that wait for a
 *   FortiGate, length and age of a queue
 * - `Drops`: what was not taken, or failed; `Collector`: whose it is
 */
export function componentColumnsIn(ascii: boolean): readonly Column<ComponentRow>[] {
  return [
    stateColumn(14, componentWord),
    { id: 'kind', title: 'Kind', width: 9, priority: 1, text: kindWord },
    { id: 'name', title: 'Name', width: { min: 17, max: 60, grow: 2 }, priority: 1, text: (row) => row.name },
    {
      id: 'event',
      title: 'Event',
      width: 5,
      align: 'right',
      priority: 2,
      text: (row, now) => minutesSince(row.lastEvent, now),
    },
    {
      id: 'events',
      title: 'Events',
      width: historyWidth,
      priority: 5,
      text: ({ history }) => (history === null ? '' : sparkline(history, historyWidth, ascii)),
    },
    { id: 'load', title: 'Load', width: 12, align: 'right', priority: 3, text: loadText },
    {
      id: 'drops',
      title: 'Drops',
      width: 5,
      align: 'right',
      priority: 4,
      text: ({ dropped }) => (dropped === null ? '' : count(dropped)),
      tone: ({ dropped }) => (dropped !== null && dropped > 0 ? 'warn' : undefined),
    },
    {
      id: 'collector',
      title: 'Collector',
      width: { min: 10, max: 35, grow: 1 },
      priority: 6,
      text: (row) => row.collector,
    },
  ];
}

export const componentColumns = componentColumnsIn(false);

const stateValues = wordsOf(stateWords);

/** What a query may name of a component. */
export const componentFields: Fields<ComponentRow> = {
  collector: { kind: 'text', help: 'attached collector', words: false, of: (row) => row.collector },
  kind: {
    kind: 'one-of',
    help: 'what it is',
    words: true,
    values: Object.values(kindWords).map((word) => word.toLowerCase()),
    of: (row) => kindWord(row).toLowerCase(),
  },
  name: { kind: 'text', help: 'name or address', of: (row) => row.name },
  state: {
    kind: 'one-of',
    help: 'how it stands',
    words: true,
    values: stateValues,
    of: (row) => componentWord(row).word.toLowerCase(),
  },
  event: { kind: 'age', help: 'since the last event', of: (row) => row.lastEvent },
  answer: { kind: 'duration', help: 'time of the last answer', of: (row) => row.answerMs },
  waiting: { kind: 'number', help: 'what waits: bytes or items', of: (row) => row.load?.amount ?? null },
  drops: { kind: 'number', help: 'what was dropped or failed', of: (row) => row.dropped },
};

export const componentView: ViewDefinition<ComponentRow> = {
  fields: componentFields,
  compare: {
    state: by((row) => componentWord(row).word),
    kind: by((row) => `${row.collector}\u0000${kindOrder.indexOf(row.kind)}\u0000${row.name}`),
    name: by((row) => row.name),
    event: by((row) => (row.lastEvent === null ? null : -row.lastEvent)),
    events: by((row) => row.history?.at(-1) ?? null),
    load: by((row) => row.answerMs ?? row.load?.amount ?? row.bytesPerSecond),
    drops: by((row) => row.dropped),
    collector: by((row) => row.collector),
  },
  sort: { column: 'kind', direction: 'up' },
};
