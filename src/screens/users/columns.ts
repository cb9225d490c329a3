import { logonFields, marksOf } from '../../query/logon-fields.ts';
import type { LogonRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import type { Column } from '../parts/columns.ts';
import { addressKey, by } from '../parts/order.ts';
import { age, countdown } from '../text/format.ts';

/** Port ranges of a terminal-server session: `1224-1423,1424-1623`. */
export function portText(row: Pick<LogonRow, 'portRanges'>): string {
  return row.portRanges.map(([first, last]) => `${first}-${last}`).join(',');
}

/** Another user had this address a short while ago, or another session claims the same ports. */
function isDoubtful(row: LogonRow): boolean {
  return (row.overlaps?.length ?? 0) > 0 || row.before?.reused === true;
}

/** What is to be known of a live logon first of all. */
function markOf(row: LogonRow): string {
  return marksOf(row)[0] ?? '';
}

/** The FortiGate that told of a logon alone, or that has it too; blank for none. */
function viaText({ reported, also }: LogonRow): string {
  if (reported) return `via ${reported.fortigate}`;
  const first = also?.find(({ stale }) => !stale);
  return first?.reported ? `+ ${first.reported.fortigate}` : '';
}

/**
 * One line for each logon:
 * - `User`, `Domain`, `Workstation`, `Groups`: as the collector reported them
 * - `IP address`; `Session`, `Ports`: of a terminal server
 * - `Connector`, `Collector`: where we know it from; of what a FortiGate told its name with the VDOM, and its FSSO entry
 * - `Age`: since the logon, by the collector's clock
 * - `Status`: `via` and the FortiGate that told of it, `+` and that one where a collector did too; or `stale` and the time until the row
 *   goes, because its link is down; `overlap` of ports with another session, `reused` address, `replaced` another user
 */
export const logonColumns: readonly Column<LogonRow>[] = [
  { id: 'user', title: 'User', width: { min: 12, max: 32 }, priority: 1, text: (row) => row.user },
  {
    id: 'ip',
    title: 'IP address',
    width: { min: 15, max: 39, grow: 0.2 },
    priority: 1,
    text: (row) => row.ip,
  },
  {
    id: 'domain',
    title: 'Domain',
    width: { min: 8, max: 20, grow: 0.5 },
    priority: 4,
    text: (row) => row.domain,
  },
  {
    id: 'workstation',
    title: 'Workstation',
    width: { min: 11, max: 32 },
    priority: 3,
    text: (row) => row.workstation,
  },
  {
    id: 'groups',
    title: 'Groups',
    width: { min: 9, max: 80, grow: 5 },
    priority: 5,
    text: (row) => row.groups.join('+'),
  },
  {
    id: 'session',
    title: 'Session',
    width: 7,
    align: 'right',
    priority: 7,
    text: (row) => (row.session === 0 ? '' : String(row.session)),
  },
  { id: 'ports', title: 'Ports', width: { min: 19, max: 23 }, priority: 8, text: portText },
  {
    id: 'connector',
    title: 'Connector',
    width: { min: 10, max: 20, grow: 0.5 },
    priority: 9,
    text: (row) => row.connector,
  },
  {
    id: 'server',
    title: 'Collector',
    width: { min: 18, max: 40, grow: 0.5 },
    priority: 6,
    text: (row) => row.server,
  },
  {
    id: 'age',
    title: 'Age',
    width: 5,
    align: 'right',
    priority: 2,
    text: (row, now) => age(now - row.logonTime),
  },
  {
    id: 'status',
    title: 'Status',
    width: 9,
    // Never dropped: without it a stale logon would look live.
    priority: 1,
    text: (row, now) => {
      if (!row.stale) return markOf(row) || viaText(row);
      return row.expiresAt === null ? 'stale' : `stale ${countdown(row.expiresAt - now)}`;
    },
    tone: (row) => (row.stale || isDoubtful(row) ? 'warn' : undefined),
  },
];

export const logonView: ViewDefinition<LogonRow> = {
  fields: logonFields,
  compare: {
    user: by((row) => row.user),
    ip: by((row) => addressKey(row.ip)),
    domain: by((row) => row.domain),
    workstation: by((row) => row.workstation),
    groups: by((row) => row.groups[0] ?? null),
    session: by((row) => row.session),
    ports: by((row) => row.portRanges[0]?.[0] ?? null),
    connector: by((row) => row.connector),
    server: by((row) => row.server),
    age: by((row) => -row.logonTime),
    status: by((row) => row.expiresAt ?? (markOf(row) || null)),
  },
  sort: { column: 'age', direction: 'up' },
};
