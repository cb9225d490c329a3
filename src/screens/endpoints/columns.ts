import type { Fields } from '../../query/fields.ts';
import type { EndpointRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column, Tone } from '../parts/columns.ts';
import { addressKey, by } from '../parts/order.ts';

/** The word for how an endpoint is, and what it means; blank where EMS did not say. */
export function endpointState(row: EndpointRow): { word: string; text: string; tone: Tone } {
  if (row.quarantined) return { word: 'quarantined', text: '! quarantined', tone: 'bad' };
  if (row.online === null) return { word: '', text: '', tone: 'plain' };
  return row.online
    ? { word: 'online', text: '+ online', tone: 'good' }
    : { word: 'offline', text: '- offline', tone: 'muted' };
}

/**
 * One line for each endpoint of each EMS:
 * - `Host`, `User`, `IP address`, `MAC`, `System`, `FortiClient`: as EMS told them
 * - `State`: online, offline or quarantined; `Net`: on the corporate network or off it
 * - `Tags`: as many as there is room for; `EMS`: the connector
 * - `Told`: how long ago EMS last told something of it
 */
export const endpointColumns: readonly Column<EndpointRow>[] = [
  { id: 'host', title: 'Host', width: { min: 12, max: 32, grow: 0.5 }, priority: 1, text: (row) => row.host },
  {
    id: 'ip',
    title: 'IP address',
    width: { min: 15, max: 39, grow: 0.2 },
    priority: 1,
    text: (row) => row.ip,
  },
  {
    id: 'state',
    title: 'State',
    width: 13,
    priority: 1,
    text: (row) => endpointState(row).text,
    tone: (row) => endpointState(row).tone,
  },
  { id: 'user', title: 'User', width: { min: 10, max: 32, grow: 0.5 }, priority: 3, text: (row) => row.user },
  {
    id: 'tags',
    title: 'Tags',
    width: { min: 12, max: 80, grow: 2 },
    priority: 2,
    text: (row) => row.tags.join('+'),
  },
  {
    id: 'net',
    title: 'Net',
    width: 3,
    priority: 6,
    text: (row) => (row.onNet === null ? '' : row.onNet ? 'on' : 'off'),
  },
  { id: 'os', title: 'System', width: { min: 12, max: 24, grow: 0.2 }, priority: 7, text: (row) => row.os },
  {
    id: 'version',
    title: 'FortiClient',
    width: { min: 11, max: 14 },
    priority: 8,
    text: (row) => row.version,
  },
  { id: 'mac', title: 'MAC', width: 17, priority: 9, text: (row) => row.mac },
  {
    id: 'connector',
    title: 'EMS',
    width: { min: 8, max: 20, grow: 0.2 },
    priority: 5,
    text: (row) => row.connector,
  },
  {
    id: 'told',
    title: 'Told',
    width: 5,
    align: 'right',
    priority: 4,
    text: (row, now) => minutesSince(row.updatedAt, now),
  },
];

/** `edge` and `edge/root` for each FortiGate that tells of an endpoint. */
function viaOf({ reported, connector, also = [] }: EndpointRow): string[] {
  return [...(reported ? [reported.fortigate, connector] : []), ...also.flatMap(viaOf)];
}

/** What a query may name of an endpoint. */
export const endpointFields: Fields<EndpointRow> = {
  host: { kind: 'text', help: 'name of the computer', of: (row) => row.host },
  user: { kind: 'text', help: 'user', of: (row) => row.user },
  ip: { kind: 'address', help: 'address', aliases: ['address'], of: (row) => row.ip },
  mac: { kind: 'text', help: 'MAC address', of: (row) => row.mac },
  os: { kind: 'text', help: 'system', aliases: ['system'], words: false, of: (row) => row.os },
  version: { kind: 'text', help: 'release of FortiClient', words: false, of: (row) => row.version },
  uid: { kind: 'text', help: 'identifier', words: false, of: (row) => row.uid },
  tag: { kind: 'texts', help: 'tags, each by itself', aliases: ['tags'], of: (row) => row.tags },
  state: {
    kind: 'one-of',
    help: 'how it is',
    values: ['online', 'offline', 'quarantined'],
    of: (row) => endpointState(row).word || null,
  },
  net: {
    kind: 'one-of',
    help: 'on the corporate network',
    values: ['on', 'off'],
    of: (row) => (row.onNet === null ? null : row.onNet ? 'on' : 'off'),
  },
  connector: { kind: 'text', help: 'connector', aliases: ['ems'], words: false, of: (row) => row.connector },
  via: { kind: 'texts', help: 'FortiGate that tells of it, with its VDOM', words: false, of: viaOf },
  told: { kind: 'age', help: 'since EMS told of it', aliases: ['age'], of: (row) => row.updatedAt },
};

export const endpointView: ViewDefinition<EndpointRow> = {
  fields: endpointFields,
  compare: {
    host: by((row) => row.host),
    ip: by((row) => addressKey(row.ip)),
    state: by((row) => endpointState(row).word),
    user: by((row) => row.user),
    tags: by((row) => row.tags[0] ?? null),
    net: by((row) => (row.onNet === null ? null : Number(row.onNet))),
    os: by((row) => row.os),
    version: by((row) => row.version),
    mac: by((row) => row.mac),
    connector: by((row) => row.connector),
    told: by((row) => -row.updatedAt),
  },
  sort: { column: 'host', direction: 'up' },
};
