import type { ReactNode } from 'react';
import type { ConnectorRow, EndpointRow } from '../../state/changes.ts';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf } from '../look.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeFields, composeLong, type Field } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { emsWord, stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { endpointColumns, endpointState } from './columns.ts';
import { ofConnector } from './of-connector.ts';

const paneHeight = 9;

/** The endpoints that the EMS of every connector told of, and below them all about the selected one. */
export function EndpointsScreen(screen: ScreenProps): ReactNode {
  const { stores, views } = useServices();
  const keyOf = useKeyOf();
  useVersion(views.endpoints);
  useVersion(stores.connectors);
  const now = useNow();
  const connectors = [...stores.connectors.values()];
  return (
    <ListWithPane
      screen={screen}
      title="EMS endpoints"
      columns={endpointColumns}
      view={views.endpoints}
      blank={blankEndpoints(connectors, keyOf)}
      unmatched={withoutEndpoints(connectors, views.endpoints.filter, keyOf)}
      alert={alertOf(connectors)}
      paneHeight={paneHeight}
      listRows={views.endpoints.matched}
      pane={(row) => ({ title: row.host || row.uid, lines: endpointLines(row, now, screen.columns) })}
    />
  );
}

function alertOf(connectors: readonly ConnectorRow[]): Piece | undefined {
  const old = connectors.filter((row) => row.session.outOfSyncSince !== null);
  return old.length === 0 ? undefined : [`! out of sync: ${old.map((row) => row.name).join(', ')}`, 'warn'];
}

function blankEndpoints(connectors: readonly ConnectorRow[], keyOf: KeyOf): readonly Piece[] {
  const up = connectors.filter((row) => row.state === 'connected');
  if (up.length === 0)
    return [
      ['No EMS is connected, so no endpoints can be shown', 'title'],
      `${keyOf('connectors')} shows the connectors, and what keeps each from being connected.`,
    ];
  return [
    ['No endpoints yet', 'title'],
    `${up.map((row) => row.name).join(', ')} told of none. EMS tells a device only of the endpoints that are behind it.`,
  ];
}

/** Why the connector that `e` asked for has no endpoint; undefined for a filter that was typed. */
function withoutEndpoints(
  connectors: readonly ConnectorRow[],
  filter: string,
  keyOf: KeyOf,
): readonly Piece[] | undefined {
  const row = connectors.find(({ name }) => filter === ofConnector(name));
  if (row === undefined) return undefined;
  return row.state === 'connected'
    ? [
        [`${row.name} told of no endpoints`, 'title'],
        'EMS tells a device only of the endpoints that are behind it.',
      ]
    : [
        [`${row.name} has no endpoints: ${stateText(emsWord(row))}`, 'title'],
        `EMS tells of its endpoints once it is connected; ${keyOf('details')} on the connector says what keeps it from that.`,
      ];
}

function yesNo(value: boolean | null): string {
  return value === null ? '' : value ? 'yes' : 'no';
}

function endpointLines(row: EndpointRow, now: number, width: number): Run[][] {
  const state = endpointState(row);
  const told = row.reported ?? row.also?.[0]?.reported;
  const lines = composeFields(
    [
      ['State', state.text, state.tone],
      [row.reported ? 'FortiGate' : 'EMS', row.connector],
      ...(row.also ?? []).map((each): Field => [each.reported ? 'FortiGate' : 'EMS', each.connector]),
      ['EMS serial', told?.emsSerial ?? ''],
      ['Interface', told?.interface ?? ''],
      ['Out of sync', yesNo(told?.outOfSync ?? null)],
      ['User', row.user],
      ['System', row.os],
      ['IP address', row.ip],
      ['Public address', row.publicIp],
      ['MAC', row.mac],
      ['FortiClient', row.version],
      ['On-net', yesNo(row.onNet)],
      ['Registered', yesNo(row.registered)],
      ['Told', `${minutesSince(row.updatedAt, now)} ago`],
    ],
    width,
  );
  lines.push(...composeLong([`Tags (${row.tags.length})`, row.tags.join(', ') || 'none'], width));
  lines.push(...composeLong(['UID', row.uid], width));
  if (row.clientCertificate !== '') lines.push(...composeLong(['Certificate', row.clientCertificate], width));
  for (const route of row.routes) {
    const vpn = route.vpn ? ', VPN' : '';
    lines.push(
      ...composeLong(['Route', `${route.ip} ${route.mac} ${route.serial} ${route.interface}${vpn}`], width),
    );
  }
  return lines;
}
