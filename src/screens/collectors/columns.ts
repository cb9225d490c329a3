import { type Fields, yesOrNo } from '../../query/fields.ts';
import type { CollectorRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { heardSince, minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import { linkStateWords, linkWord, silent, wordsOf } from '../parts/state-words.ts';
import { count, countdown } from '../text/format.ts';

/**
 * One line for each configured collector, which is one link:
 * - `Connector`, `#`: the `user fsso` entry and the place in its list; `Collector`: its address
 * - `State`: the step the link stands at, with its mark; `Since`: how long
 * - `In use`: `yes` where the connector takes its logons from
 * - `Heard`: since the last byte, `<15s` on a healthy link
 * - `Logons`: in the table from it; `Events`: taken since the start; `Gaps`: messages missed since the link came up
 * - `Version`: what it called itself; `Retry`: time until the next try
 */
export const collectorColumns: readonly Column<CollectorRow>[] = [
  {
    id: 'connector',
    title: 'Connector',
    width: { min: 9, max: 35 },
    priority: 2,
    text: (row) => row.connector,
  },
  { id: 'position', title: '#', width: 2, align: 'right', priority: 6, text: (row) => String(row.position) },
  {
    id: 'server',
    title: 'Collector',
    width: { min: 17, max: 50, grow: 2 },
    priority: 1,
    text: (row) => row.server,
  },
  stateColumn(17, linkWord),
  { id: 'active', title: 'In use', width: 7, priority: 3, text: (row) => (row.active ? 'yes' : '') },
  {
    id: 'version',
    title: 'Version',
    width: { min: 14, max: 40 },
    priority: 8,
    text: (row) => row.version ?? '',
  },
  {
    id: 'since',
    title: 'Since',
    width: 6,
    align: 'right',
    priority: 7,
    text: (row, now) => minutesSince(row.since, now),
  },
  {
    id: 'heard',
    title: 'Heard',
    width: 6,
    align: 'right',
    priority: 3,
    text: (row, now) => heardSince(row.lastHeard, now),
  },
  {
    id: 'logons',
    title: 'Logons',
    width: 7,
    align: 'right',
    priority: 2,
    text: (row) => count(row.logons),
  },
  { id: 'events', title: 'Events', width: 8, align: 'right', priority: 5, text: (row) => count(row.events) },
  {
    id: 'gaps',
    title: 'Gaps',
    width: 5,
    align: 'right',
    priority: 6,
    text: (row) => count(row.gaps),
    tone: (row) => (row.gaps > 0 ? 'warn' : undefined),
  },
  {
    id: 'retry',
    title: 'Retry',
    width: 6,
    align: 'right',
    priority: 2,
    text: (row, now) => (row.nextTryAt === null ? '' : countdown(row.nextTryAt - now)),
  },
];

/** What a query may name of a collector. */
export const collectorFields: Fields<CollectorRow> = {
  connector: { kind: 'text', help: 'connector', of: (row) => row.connector },
  server: { kind: 'text', help: 'collector and port', aliases: ['collector'], of: (row) => row.server },
  place: { kind: 'number', help: 'place in the list, 1 to 5', of: (row) => row.position },
  state: {
    kind: 'one-of',
    help: 'where the link stands',
    words: true,
    timed: true,
    values: [...wordsOf(linkStateWords), silent.word],
    of: (row, now) => linkWord(row, now).word,
  },
  use: yesOrNo('logons are taken from it', (row) => row.active),
  version: { kind: 'text', help: 'what it called itself', of: (row) => row.version },
  since: { kind: 'age', help: 'in this state', aliases: ['age'], of: (row) => row.since },
  heard: { kind: 'age', help: 'since the last byte', of: (row) => row.lastHeard },
  logons: { kind: 'number', help: 'logons in the table from it', of: (row) => row.logons },
  events: { kind: 'number', help: 'events taken', of: (row) => row.events },
  gaps: { kind: 'number', help: 'messages missed', of: (row) => row.gaps },
};

export const collectorView: ViewDefinition<CollectorRow> = {
  fields: collectorFields,
  compare: {
    connector: by((row) => `${row.connector}\u0000${row.position}`),
    position: by((row) => row.position),
    server: by((row) => row.server),
    state: by((row) => row.state),
    active: by((row) => (row.active ? 0 : 1)),
    version: by((row) => row.version),
    since: by((row) => -row.since),
    heard: by((row) => (row.lastHeard === null ? null : -row.lastHeard)),
    logons: by((row) => row.logons),
    events: by((row) => row.events),
    gaps: by((row) => row.gaps),
    retry: by((row) => row.nextTryAt),
  },
  sort: { column: 'connector', direction: 'up' },
};
