import type { FortigateRow, GateRow } from '../../state/changes.ts';
import type { GateCall } from '../../state/gate-rows.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column, Run } from '../parts/columns.ts';
import { composeLine, composeRule, type Piece } from '../parts/compose-line.ts';
import { composeFields, composeProblem, type Field } from '../parts/fields.ts';
import { composeTable } from '../parts/still-table.ts';
import { count, countdown } from '../text/format.ts';
import {
  callColumns,
  emsColumns,
  fssoColumns,
  groupColumns,
  memberColumns,
  policyColumns,
  userColumns,
} from './tables.ts';

export interface Drawn {
  readonly width: number;
  readonly now: number;
  readonly ascii: boolean;
  readonly rule: string;
  /** Null is all of them. */
  readonly vdom: string | null;
  /** Policies and groups are being read. */
  readonly reading: boolean;
}

/** Rows of one table that are drawn: a page is looked at, not searched. */
const mostRows = 300;

/** All about one FortiGate: what it is, what it does not tell and why, its connectors, users, policies and groups. */
export function fortigatePage(gate: GateRow, connectors: readonly FortigateRow[], drawn: Drawn): Run[][] {
  const { width, rule, vdom, now, ascii, reading } = drawn;
  const heading = (title: string) => composeRule(title, width, rule);
  const here = <T extends { readonly vdom: string | null }>(rows: readonly T[]): readonly T[] =>
    rows.filter((row) => vdom === null || row.vdom === null || row.vdom === vdom);
  const table = <T>(
    title: string,
    columns: readonly Column<T>[],
    rows: readonly T[],
    counted = rows.length,
  ): Run[][] => {
    const shown = rows.slice(0, mostRows);
    const lines = [heading(`${title} (${count(counted)})`)];
    if (rows.length > 0) lines.push(...composeTable(columns, shown, width, now, ascii));
    if (shown.length < rows.length)
      lines.push(composeLine([[`  and ${count(rows.length - shown.length)} more`, 'muted']], width));
    return lines;
  };
  const { policies, cluster } = gate;
  const calls = [...gate.calls, ...(policies?.calls ?? [])];
  const lines = [...vdomLine(gate, vdom, width), ...composeFields(systemFields(gate, now), width)];
  if (gate.problem) lines.push(heading('Diagnosis'), ...composeProblem(gate.problem, width));
  lines.push(...notTold(calls, width, heading));
  if (cluster !== null && cluster.members.length > 0)
    lines.push(...table('Cluster members', memberColumns, cluster.members));
  const ems = here(connectors.filter(({ name }) => name !== null));
  lines.push(...table('EMS connectors', emsColumns, ems));
  lines.push(...table('FSSO connectors', fssoColumns, here(gate.fsso)));
  // Who is not told of is not counted as nobody.
  if (calls.some(({ name, problem }) => name === 'users' && problem === null)) {
    const users = here(gate.users);
    lines.push(...table('Users', userColumns, users, total(users)));
  }
  if (policies === null)
    lines.push(heading('Policies'), composeLine([[reading ? 'Reading them' : 'Not read', 'muted']], width));
  else {
    lines.push(...table('Policies', policyColumns, here(policies.policies)));
    lines.push(...table('Groups', groupColumns, here(policies.groups)));
  }
  if (calls.length > 0) lines.push(...table('Calls', callColumns, calls));
  return lines;
}

/** Which VDOMs there are, and which one is looked at. */
function vdomLine({ vdoms }: GateRow, vdom: string | null, width: number): Run[][] {
  if (vdoms.length < 2) return [];
  const pieces: Piece[] = ['VDOM           '];
  for (const each of [null, ...vdoms]) {
    const name = each ?? 'all';
    pieces.push(each === vdom ? [`[${name}]`, 'accent'] : [` ${name} `, 'muted']);
  }
  return [composeLine(pieces, width)];
}

function systemFields(gate: GateRow, now: number): Field[] {
  const { hostName, model, serial, version, build, vdoms, lastSuccess, nextTryAt, problem, users } = gate;
  return [
    ['Host name', hostName ?? ''],
    ['Serial number', serial ?? ''],
    ['Release', [version ?? '', build === null ? '' : `build ${build}`].filter(Boolean).join(', ')],
    ['Model', model ?? ''],
    ['Cluster', clusterText(gate)],
    ['VDOMs', vdoms.length === 1 ? (vdoms[0] ?? '') : vdoms.length === 0 ? '' : String(vdoms.length)],
    ['Users', lastSuccess === null ? '' : count(total(users))],
    ['Asked', lastSuccess === null ? '' : `${minutesSince(lastSuccess, now)} ago`],
    ['Next try', problem && nextTryAt !== null ? `in ${countdown(nextTryAt - now)}` : ''],
  ];
}

function total(users: GateRow['users']): number {
  return users.reduce((sum, each) => sum + each.count, 0);
}

const modeWords: Readonly<Record<string, string>> = {
  standalone: 'stands alone',
  'a-a': 'active-active',
  'a-p': 'active-passive',
};

function clusterText({ cluster }: GateRow): string {
  if (cluster === null || cluster.mode === null) return '';
  const { mode, group, role } = cluster;
  if (mode === 'standalone') return modeWords[mode] ?? mode;
  return [role, modeWords[mode] ?? mode, group].filter(Boolean).join(', ');
}

/** What the FortiGate refused, with the cause and what to do, once for each text. */
function notTold(calls: readonly GateCall[], width: number, heading: (title: string) => Run[]): Run[][] {
  const failed = calls.flatMap(({ name, problem }) => (problem === null ? [] : [{ name, problem }]));
  return failed.flatMap(({ name, problem }) => [
    heading(`Not told: ${name}`),
    ...composeProblem(problem, width),
  ]);
}
