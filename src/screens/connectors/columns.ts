import { syncedText } from '../../fabric-sync.ts';
import type { Fields } from '../../query/fields.ts';
import type { ConnectorRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { type ExpiryWords, expiryWords, firstToExpire } from '../parts/expiry.ts';
import type { Field } from '../parts/fields.ts';
import { by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import { emsWord, emsWords } from '../parts/state-words.ts';
import { countdown, latency } from '../text/format.ts';

export const emsTypeNames: Readonly<Record<ConnectorRow['type'], string>> = {
  ems: 'FortiClient EMS',
  'ems-cloud': 'FortiClient EMS Cloud',
};

/** Whose settings an entry has: nothing for one of our own. */
export function syncedFields(row: ConnectorRow): Field[] {
  return row.synced ? [[`Settings ${syncedMark}`, syncedText(row.synced)]] : [];
}

const syncedMark = '^';

/** The name of a connector, with its mark where the settings are those of the Fabric's root. */
export function markedName(row: ConnectorRow): string {
  return row.synced ? `${syncedMark} ${row.name}` : row.name;
}

/**
 * One line for each EMS connector:
 * - `Name`, `Server`: as configured, a `^` before the name where the settings are those of the Fabric's root;
 *   `Type`: on-premises or Cloud
 * - `State`: the step it stands at, with its mark; `Since`: how long
 * - `Connection`, `Certificate`: the two words of FortiOS's own panel
 * - `Days left`: of the certificate of the chain that runs out first; `Certificate` has a `!` when that is soon
 * - `Serial number`: of the EMS, once it said it; `Latency`: of its last answer
 * - `Retry`: time until the next try, blank where it is only the next look at a connected one
 */
export const connectorColumns: readonly Column<ConnectorRow>[] = [
  { id: 'name', title: 'Name', width: { min: 10, max: 35, grow: 0.4 }, priority: 1, text: markedName },
  {
    id: 'type',
    title: 'Type',
    width: { min: 15, max: 21 },
    priority: 8,
    text: (row) => emsTypeNames[row.type],
  },
  {
    id: 'server',
    title: 'Server',
    width: { min: 20, max: 50, grow: 3 },
    priority: 2,
    text: (row) => row.server,
  },
  stateColumn(21, emsWord),
  {
    id: 'connection',
    title: 'Connection',
    width: { min: 11, max: 20, grow: 0.2 },
    priority: 4,
    text: (row) => row.connection,
  },
  {
    id: 'certificate',
    title: 'Certificate',
    // Wide enough for the longest word and its mark: a mark that is cut off warns nobody.
    width: { min: 16, max: 24, grow: 0.2 },
    priority: 3,
    text: (row, now) => (chainExpiry(row, now)?.warns ? `${row.certificate} !`.trimStart() : row.certificate),
    tone: (row, now) => chainExpiry(row, now)?.tone,
  },
  {
    id: 'left',
    title: 'Days left',
    width: 9,
    align: 'right',
    priority: 5,
    text: (row, now) => chainExpiry(row, now)?.short ?? '',
    tone: (row, now) => chainExpiry(row, now)?.tone,
  },
  {
    id: 'serial',
    title: 'Serial number',
    width: { min: 16, max: 20 },
    priority: 6,
    text: (row) => row.serialNumber ?? '',
  },
  {
    id: 'latency',
    title: 'Latency',
    width: 8,
    align: 'right',
    priority: 7,
    text: (row) => latency(row.latencyMs),
  },
  {
    id: 'since',
    title: 'Since',
    width: 6,
    align: 'right',
    priority: 5,
    text: (row, now) => minutesSince(row.since, now),
  },
  {
    id: 'retry',
    title: 'Retry',
    width: 6,
    align: 'right',
    priority: 2,
    text: (row, now) => retryText(row, now),
  },
];

/** How long the chain is valid: as long as its certificate that runs out first. Null before one was obtained. */
export function chainExpiry(row: ConnectorRow, now: number): ExpiryWords | null {
  const first = firstToExpire(row.chain);
  return first === null ? null : expiryWords(first, now);
}

/** Time until a connector that is not connected is tried again. */
export function retryText(row: ConnectorRow, now: number): string {
  if (row.nextTryAt === null || row.state === 'connected') return '';
  return countdown(row.nextTryAt - now);
}

/** What a query may name of an EMS connector. */
export const connectorFields: Fields<ConnectorRow> = {
  name: { kind: 'text', help: 'name of the connector', aliases: ['connector'], of: (row) => row.name },
  type: {
    kind: 'one-of',
    help: 'on-premises or Cloud',
    values: ['ems', 'cloud'],
    of: (row) => (row.type === 'ems' ? 'ems' : 'cloud'),
  },
  server: { kind: 'text', help: 'server and port', of: (row) => row.server },
  state: {
    kind: 'one-of',
    help: 'where it stands',
    words: true,
    values: emsWords,
    of: (row) => emsWord(row).word.toLowerCase(),
  },
  connection: { kind: 'text', help: 'the word under Connection', of: (row) => row.connection },
  certificate: { kind: 'text', help: 'the word under Certificate', of: (row) => row.certificate },
  left: {
    kind: 'left',
    help: 'until a certificate of its chain runs out',
    of: (row) => firstToExpire(row.chain)?.validTo ?? null,
  },
  serial: { kind: 'text', help: 'serial number of the EMS', of: (row) => row.serialNumber },
  latency: { kind: 'duration', help: 'of its last answer', of: (row) => row.latencyMs },
  settings: {
    kind: 'text',
    help: 'whose settings it has, where a Fabric gave them',
    words: false,
    of: (row) => (row.synced ? syncedText(row.synced) : ''),
  },
  since: { kind: 'age', help: 'in this state', aliases: ['age'], of: (row) => row.since },
};

export const connectorView: ViewDefinition<ConnectorRow> = {
  fields: connectorFields,
  compare: {
    name: by((row) => row.name),
    type: by((row) => row.type),
    server: by((row) => row.server),
    state: by((row) => row.state),
    connection: by((row) => row.connection),
    certificate: by((row) => row.certificate),
    left: by((row) => firstToExpire(row.chain)?.validTo ?? null),
    serial: by((row) => row.serialNumber),
    latency: by((row) => row.latencyMs),
    since: by((row) => -row.since),
    retry: by((row) => row.nextTryAt),
  },
  sort: { column: 'name', direction: 'up' },
};
