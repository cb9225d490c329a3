import type { ReactNode } from 'react';
import type { ConnectorRow } from '../../state/changes.ts';
import { seenBy } from '../../state/seen-by.ts';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf } from '../look.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeFields, composeLong, composeProblem } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { emsWord, stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices, useVersion } from '../services.ts';
import { latency, tenantText } from '../text/format.ts';
import { chainExpiry, connectorColumns, emsTypeNames, retryText, syncedFields } from './columns.ts';
import { ConnectorCards } from './connector-cards.tsx';
import { seenByLines } from './seen-by-lines.ts';

const paneHeight = 13;

/** The EMS connectors as a list or as cards, and below it all about the selected one: fields, problem, cause and what to do. */
export function ConnectorsScreen(screen: ScreenProps): ReactNode {
  const { views, stores, configured } = useServices();
  const keyOf = useKeyOf();
  useVersion(stores.admins);
  useVersion(stores.fortigates);
  const now = useNow();
  const list = {
    screen,
    title: 'EMS connectors',
    view: views.connectors,
    blank: blankConnectors(configured, keyOf),
    pane: (row: ConnectorRow) => ({
      title: row.name,
      lines: [
        ...connectorLines(row, now, screen.columns, keyOf),
        ...seenByLines(seenBy(row, stores.admins.values(), stores.fortigates.values()), now, screen.columns),
      ],
    }),
  };
  return screen.place.cards ? (
    <ConnectorCards {...list} />
  ) : (
    <ListWithPane {...list} columns={connectorColumns} paneHeight={paneHeight} />
  );
}

function blankConnectors({ ems }: Configured, keyOf: KeyOf): readonly Piece[] {
  if (ems === 0) {
    return [
      ['No EMS connector is configured', 'title'],
      `${keyOf('new-connector')} adds one with a form; "ems:" in the configuration file is taken over as soon as it is written there.`,
      ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
    ];
  }
  return [
    ['Loading', 'accent'],
    ems === 1
      ? 'The configured EMS connector has not reported yet.'
      : `${ems} EMS connectors are configured; none has reported yet.`,
  ];
}

/** Everything that is known of a connector. */
export function connectorLines(row: ConnectorRow, now: number, width: number, keyOf: KeyOf): Run[][] {
  const word = emsWord(row);
  const retry = retryText(row, now);
  const expiry = chainExpiry(row, now);
  const lines = composeFields(
    [
      ['Type', emsTypeNames[row.type]],
      ...syncedFields(row),
      ['Server', row.server],
      ['State', stateText(word), word.tone],
      ['For', minutesSince(row.since, now)],
      ['Connection', row.connection],
      ['Certificate', row.certificate],
      ['Valid', expiry?.text ?? '', expiry?.tone ?? 'plain'],
      ['Serial number', row.serialNumber ?? ''],
      ['Last success', row.lastSuccess === null ? '' : `${minutesSince(row.lastSuccess, now)} ago`],
      ['Latency', latency(row.latencyMs)],
      ['Next try', retry === '' ? '' : `in ${retry}`],
    ],
    width,
  );
  if (row.tenantId !== null) lines.push(...composeLong(['Tenant', tenantText(row.tenantId)], width));
  const next = nextStep(row, keyOf);
  if (next !== null) lines.push(...composeLong(['Next', next, 'accent'], width));
  if (row.problem) lines.push(...composeProblem(row.problem, width));
  return lines;
}

/** What the admin can do in the dashboard itself. */
function nextStep(row: ConnectorRow, keyOf: KeyOf): string | null {
  switch (row.state) {
    case 'certificate-not-accepted':
      return `Enter shows the certificate; there ${keyOf('accept')} accepts it and ${keyOf('reject')} rejects it.`;
    case 'certificate-changed':
      return `Enter shows the new certificate. Find out why it changed before you accept it with ${keyOf('accept')}.`;
    case 'certificate-unknown-ca':
      return row.chainInvalid === true
        ? 'Enter shows the certificates of its chain, and until when each is valid.'
        : `${keyOf('import-ca')} imports its CA from a file; then the chain is judged anew at once.`;
    case 'connected':
    case 'out-of-sync':
      return `${keyOf('details')} shows its stages, calls and tags, ${keyOf('endpoints')} its endpoints, ${keyOf('devices')} the Fabric devices of its EMS.`;
    case 'pending-authorization':
      return `${keyOf('devices')} shows the Fabric devices of its EMS, where ${keyOf('authorize')} authorises one (with --write and an admin configured).`;
    default:
      return null;
  }
}
