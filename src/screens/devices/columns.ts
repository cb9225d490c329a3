import type { Fields } from '../../query/fields.ts';
import type { DeviceRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import type { StateWord } from '../parts/state-words.ts';

/** How EMS lists a device, as every screen writes it. */
export function deviceWord({ authorized }: DeviceRow): StateWord {
  if (authorized === null) return { mark: '~', word: 'not said', tone: 'muted' };
  return authorized
    ? { mark: '+', word: 'authorised', tone: 'good' }
    : { mark: '!', word: 'pending', tone: 'warn' };
}

/**
 * One line for each FortiGate that an EMS lists under Fabric Devices:
 * - `Serial number`, `Name`: of the FortiGate; the name is blank where EMS has none
 * - `State`: whether an administrator has authorised it
 * - `EMS`: the connector of the EMS that lists it; `Listed`: since EMS was asked last
 */
export const deviceColumns: readonly Column<DeviceRow>[] = [
  {
    id: 'serial',
    title: 'Serial number',
    width: { min: 17, max: 24 },
    priority: 1,
    text: (row) => row.serial,
  },
  stateColumn(13, deviceWord),
  {
    id: 'name',
    title: 'Name',
    width: { min: 10, max: 40, grow: 1 },
    priority: 3,
    text: (row) => row.name ?? '',
  },
  { id: 'ems', title: 'EMS', width: { min: 10, max: 35 }, priority: 2, text: (row) => row.connector },
  {
    id: 'listed',
    title: 'Listed',
    width: 7,
    align: 'right',
    priority: 4,
    text: (row, now) => minutesSince(row.seenAt, now),
  },
];

/** What a query may name of a Fabric device. */
export const deviceFields: Fields<DeviceRow> = {
  serial: { kind: 'text', help: 'serial number', of: (row) => row.serial },
  name: { kind: 'text', help: 'name', of: (row) => row.name },
  ems: { kind: 'text', help: 'connector of the EMS', aliases: ['connector'], of: (row) => row.connector },
  state: {
    kind: 'one-of',
    help: 'whether it is authorised',
    words: true,
    values: ['authorised', 'pending', 'not said'],
    of: (row) => deviceWord(row).word,
  },
  listed: { kind: 'age', help: 'since EMS listed it', aliases: ['age'], of: (row) => row.seenAt },
};

export const deviceView: ViewDefinition<DeviceRow> = {
  fields: deviceFields,
  compare: {
    serial: by((row) => row.serial),
    // Those that wait for a person come first.
    state: by((row) => (row.authorized === false ? 0 : row.authorized === null ? 1 : 2)),
    name: by((row) => row.name),
    ems: by((row) => row.connector),
    listed: by((row) => -row.seenAt),
  },
  sort: { column: 'state', direction: 'up' },
};
