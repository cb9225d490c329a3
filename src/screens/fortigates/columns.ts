import type { Fields } from '../../query/fields.ts';
import type { FortigateRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import type { StateWord } from '../parts/state-words.ts';

/** How a connector of a FortiGate stands, by what the FortiGate says with yes or no. */
export function fortigateWord(row: FortigateRow): StateWord {
  if (row.problem !== null) return { mark: 'x', word: 'not asked', tone: 'bad' };
  if (row.name === null)
    return row.lastSuccess === null
      ? { mark: '~', word: 'asking', tone: 'accent' }
      : { mark: '-', word: 'no connector', tone: 'muted' };
  if (row.enabled === false) return { mark: '-', word: 'disabled', tone: 'muted' };
  if (row.connected === true) return { mark: '+', word: 'connected', tone: 'good' };
  if (row.verified === false) return { mark: '!', word: 'not verified', tone: 'warn' };
  if (row.connected === false) return { mark: 'x', word: 'not connected', tone: 'bad' };
  return { mark: '~', word: 'not said', tone: 'muted' };
}

/**
 * One line for each EMS connector of each FortiGate, as that FortiGate tells it:
 * - `FortiGate`: as configured here; `Connector`: the name of its entry; `VDOM`: where it stands
 * - `Server`: of the EMS; `State`: connected, not verified and so on; `Says`: the FortiGate's own word for it
 * - `EMS serial`: of the EMS as the FortiGate knows it; `Release`: of its FortiOS
 * - `Asked`: since it answered last
 */
export const fortigateColumns: readonly Column<FortigateRow>[] = [
  {
    id: 'fortigate',
    title: 'FortiGate',
    width: { min: 9, max: 35 },
    priority: 1,
    text: (row) => row.fortigate,
  },
  {
    id: 'connector',
    title: 'Connector',
    width: { min: 10, max: 35 },
    priority: 1,
    text: (row) => row.name ?? '',
  },
  stateColumn(15, fortigateWord),
  {
    id: 'says',
    title: 'Says',
    width: { min: 14, max: 40, grow: 1 },
    priority: 3,
    text: (row) => row.status ?? row.connection ?? '',
  },
  {
    id: 'server',
    title: 'Server',
    width: { min: 18, max: 50, grow: 2 },
    priority: 2,
    text: (row) => row.server ?? '',
  },
  {
    id: 'ems',
    title: 'EMS serial',
    width: { min: 16, max: 20 },
    priority: 5,
    text: (row) => row.emsSerial ?? '',
  },
  { id: 'vdom', title: 'VDOM', width: { min: 5, max: 31 }, priority: 7, text: (row) => row.vdom ?? '' },
  {
    id: 'release',
    title: 'Release',
    width: { min: 7, max: 12 },
    priority: 6,
    text: (row) => row.version ?? '',
  },
  {
    id: 'asked',
    title: 'Asked',
    width: 6,
    align: 'right',
    priority: 4,
    text: (row, now) => minutesSince(row.lastSuccess, now),
  },
];

/** What a query may name of a FortiGate's connector. */
export const fortigateFields: Fields<FortigateRow> = {
  fortigate: { kind: 'text', help: 'FortiGate', of: (row) => row.fortigate },
  connector: { kind: 'text', help: 'name of its entry', of: (row) => row.name },
  server: { kind: 'text', help: 'EMS and port', of: (row) => row.server },
  state: {
    kind: 'one-of',
    help: 'how it stands',
    words: true,
    values: [
      'connected',
      'not connected',
      'not verified',
      'disabled',
      'not asked',
      'asking',
      'no connector',
      'not said',
    ],
    of: (row) => fortigateWord(row).word,
  },
  says: { kind: 'text', help: 'its own word', words: false, of: (row) => row.status ?? row.connection },
  ems: { kind: 'text', help: 'serial number of the EMS', of: (row) => row.emsSerial },
  vdom: { kind: 'text', help: 'VDOM', words: false, of: (row) => row.vdom },
  release: { kind: 'text', help: 'release of FortiOS', words: false, of: (row) => row.version },
  asked: { kind: 'age', help: 'since it answered', aliases: ['age'], of: (row) => row.lastSuccess },
};

export const fortigateView: ViewDefinition<FortigateRow> = {
  fields: fortigateFields,
  compare: {
    fortigate: by((row) => row.fortigate),
    connector: by((row) => row.name),
    state: by((row) => fortigateWord(row).word),
    says: by((row) => row.status ?? row.connection),
    server: by((row) => row.server),
    ems: by((row) => row.emsSerial),
    vdom: by((row) => row.vdom),
    release: by((row) => row.version),
    asked: by((row) => (row.lastSuccess === null ? null : -row.lastSuccess)),
  },
  sort: { column: 'fortigate', direction: 'up' },
};
