import type { FortigateRow } from '../../state/changes.ts';
import type {
  GateCall,
  GateCluster,
  GateFsso,
  GateGroup,
  GatePolicy,
  GateUsers,
} from '../../state/gate-rows.ts';
import { fortigateWord } from '../fortigates/columns.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { type StateWord, stateText } from '../parts/state-words.ts';
import { count } from '../text/format.ts';

type Member = GateCluster['members'][number];

/** The members of the cluster: `Priority` decides who becomes primary. */
export const memberColumns: readonly Column<Member>[] = [
  { id: 'serial', title: 'Member', width: { min: 16, max: 20 }, priority: 1, text: (each) => each.serial },
  {
    id: 'host',
    title: 'Host name',
    width: { min: 16, max: 40 },
    priority: 2,
    text: (each) => each.hostName ?? '',
  },
  {
    id: 'role',
    title: 'Role',
    width: 9,
    priority: 1,
    text: (each) => (each.primary === null ? '' : each.primary ? 'primary' : 'secondary'),
  },
  {
    id: 'priority',
    title: 'Priority',
    width: 8,
    align: 'right',
    priority: 3,
    text: (each) => (each.priority === null ? '' : String(each.priority)),
  },
];

/** Its EMS connectors, as in the list of all FortiGates. */
export const emsColumns: readonly Column<FortigateRow>[] = [
  { id: 'name', title: 'Connector', width: { min: 10, max: 35 }, priority: 1, text: (row) => row.name ?? '' },
  { id: 'vdom', title: 'VDOM', width: { min: 5, max: 31 }, priority: 3, text: (row) => row.vdom ?? '' },
  {
    id: 'state',
    title: 'State',
    width: 15,
    priority: 1,
    text: (row) => stateText(fortigateWord(row)),
    tone: (row) => fortigateWord(row).tone,
  },
  {
    id: 'says',
    title: 'Says',
    width: { min: 14, max: 40 },
    priority: 4,
    text: (row) => row.status ?? row.connection ?? '',
  },
  {
    id: 'server',
    title: 'Server',
    width: { min: 18, max: 50, grow: 1 },
    priority: 2,
    text: (row) => row.server ?? '',
  },
];

function fssoWord({ status }: GateFsso): StateWord {
  if (status === 'connected') return { mark: '+', word: 'connected', tone: 'good' };
  return { mark: 'x', word: status ?? 'not said', tone: status === null ? 'muted' : 'bad' };
}

/** Its FSSO connectors: `Uses` is the collector in use, `Users` are those it has of it. */
export const fssoColumns: readonly Column<GateFsso>[] = [
  { id: 'name', title: 'Connector', width: { min: 10, max: 35 }, priority: 1, text: (row) => row.name },
  { id: 'vdom', title: 'VDOM', width: { min: 5, max: 31 }, priority: 3, text: (row) => row.vdom ?? '' },
  {
    id: 'state',
    title: 'State',
    width: 15,
    priority: 1,
    text: (row) => stateText(fssoWord(row)),
    tone: (row) => fssoWord(row).tone,
  },
  { id: 'type', title: 'Type', width: 12, priority: 4, text: (row) => row.type },
  { id: 'users', title: 'Users', width: 7, align: 'right', priority: 2, text: (row) => count(row.users) },
  {
    id: 'uses',
    title: 'Uses',
    width: { min: 18, max: 50, grow: 1 },
    priority: 2,
    text: (row) => row.activeServer ?? '',
  },
];

/** Users by VDOM and by how the FortiGate knows them. */
export const userColumns: readonly Column<GateUsers>[] = [
  { id: 'vdom', title: 'VDOM', width: { min: 10, max: 31 }, priority: 1, text: (row) => row.vdom ?? '' },
  { id: 'method', title: 'Known by', width: { min: 12, max: 20 }, priority: 1, text: (row) => row.method },
  { id: 'count', title: 'Users', width: 7, align: 'right', priority: 1, text: (row) => count(row.count) },
];

/** Policies in their order; `Lets in` are groups and users, NTLM where the browser is asked. */
export const policyColumns: readonly Column<GatePolicy>[] = [
  { id: 'id', title: 'Policy', width: 6, align: 'right', priority: 1, text: (row) => String(row.id) },
  { id: 'vdom', title: 'VDOM', width: { min: 5, max: 31 }, priority: 4, text: (row) => row.vdom ?? '' },
  {
    id: 'name',
    title: 'Name',
    width: { min: 12, max: 35, grow: 1 },
    priority: 2,
    text: (row) => row.name ?? '',
  },
  {
    id: 'action',
    title: 'Action',
    width: 9,
    priority: 1,
    text: (row) => (row.enabled ? row.action : '- off'),
    tone: (row) => (row.enabled ? 'plain' : 'muted'),
  },
  {
    id: 'who',
    title: 'Lets in',
    width: { min: 20, max: 60, grow: 2 },
    priority: 1,
    text: ({ who, ntlm, ntlmAgent }) =>
      [
        who.join(', ') || 'anybody',
        ...(ntlm ? [ntlmAgent === null ? 'NTLM' : `NTLM by ${ntlmAgent}`] : []),
      ].join('; '),
  },
  { id: 'from', title: 'From', width: { min: 14, max: 40 }, priority: 5, text: (row) => row.from },
  { id: 'to', title: 'To', width: { min: 14, max: 40 }, priority: 3, text: (row) => row.to },
];

/** User groups, then groups of the directory with the entry that they came from. */
export const groupColumns: readonly Column<GateGroup>[] = [
  { id: 'name', title: 'Group', width: { min: 20, max: 60, grow: 1 }, priority: 1, text: (row) => row.name },
  { id: 'vdom', title: 'VDOM', width: { min: 5, max: 31 }, priority: 3, text: (row) => row.vdom ?? '' },
  { id: 'type', title: 'Type', width: 12, priority: 2, text: (row) => row.type },
  {
    id: 'members',
    title: 'Members',
    width: { min: 16, max: 80, grow: 1 },
    priority: 1,
    text: (row) => row.members.join(', '),
  },
];

/** The calls that the page rests on. */
export const callColumns: readonly Column<GateCall>[] = [
  { id: 'name', title: 'Call', width: 16, priority: 1, text: (call) => call.name },
  {
    id: 'result',
    title: 'Result',
    width: 14,
    priority: 1,
    text: ({ problem, rows, isCut }) =>
      problem !== null
        ? `x ${problem.code ?? problem.stage}`
        : `+ ${rows === null ? 'told' : `${count(rows)}${isCut ? ', cut' : ''}`}`,
    tone: ({ problem, isCut }) => (problem !== null ? 'bad' : isCut ? 'warn' : 'good'),
  },
  {
    id: 'age',
    title: 'Ago',
    width: 5,
    align: 'right',
    priority: 2,
    text: (call, now) => minutesSince(call.at, now),
  },
  { id: 'path', title: 'Path', width: { min: 20, max: 60 }, priority: 3, text: (call) => call.path },
];
