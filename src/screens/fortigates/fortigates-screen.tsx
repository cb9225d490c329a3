import type { ReactNode } from 'react';
import type { FortigateRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeFields, composeLong, composeProblem } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices } from '../services.ts';
import { countdown, dateTime, tenantText } from '../text/format.ts';
import { fortigateColumns, fortigateWord } from './columns.ts';

const paneHeight = 12;

/** The EMS connectors of the configured FortiGates, and below them all that the FortiGate says about the selected one. */
export function FortigatesScreen(screen: ScreenProps): ReactNode {
  const { views, configured } = useServices();
  const now = useNow();
  return (
    <ListWithPane
      screen={screen}
      title="EMS connectors of FortiGates"
      columns={fortigateColumns}
      view={views.fortigates}
      blank={blankFortigates(configured)}
      paneHeight={paneHeight}
      pane={(row) => ({
        title: [row.fortigate, row.name].filter((name) => name !== null).join(' '),
        lines: fortigateLines(row, now, screen.columns),
      })}
    />
  );
}

function blankFortigates({ fortigates }: Configured): readonly Piece[] {
  if (fortigates > 0) return [['Loading', 'accent'], 'No FortiGate has answered yet.'];
  return [
    ['No FortiGate is configured', 'title'],
    'Add one with its URL and a token under "fortigate:" in the configuration file; "fabrictop config check" says whether it is right.',
    ['"fabrictop demo" shows this screen with data of its own.', 'muted'],
  ];
}

/** Everything that a FortiGate says about one of its connectors. */
function fortigateLines(row: FortigateRow, now: number, width: number): Run[][] {
  const word = fortigateWord(row);
  const known = (value: boolean | null) => (value === null ? '' : value ? 'yes' : 'no');
  const lines = composeFields(
    [
      ['FortiGate', [row.serial, row.version].filter((each) => each !== null).join(' ')],
      ['Asked', row.lastSuccess === null ? '' : `${minutesSince(row.lastSuccess, now)} ago`],
      ['State', row.name === null ? '' : stateText(word), word.tone],
      ['Verified', known(row.verified), row.verified === false ? 'warn' : 'plain'],
      ['Status', row.status ?? ''],
      ['Connection', row.connection ?? ''],
      ['Certificate', row.certificate ?? ''],
      ['Notifications', row.websocket ?? ''],
      ['EMS', row.server ?? ''],
      ['EMS serial', row.emsSerial ?? ''],
      ['VDOM', row.vdom ?? ''],
      ['Valid to', row.validTo === null ? '' : dateTime(row.validTo).slice(0, 10)],
      ['Next try', row.problem && row.nextTryAt !== null ? `in ${countdown(row.nextTryAt - now)}` : ''],
    ],
    width,
  );
  const long: [string, string | null][] = [
    ['Subject', row.subject],
    ['Issuer', row.issuer],
    ['Fingerprint', row.fingerprint],
    ['Tenant', row.tenantId === null ? null : tenantText(row.tenantId)],
    ['Dirty reason', row.dirtyReason],
  ];
  for (const [label, value] of long) if (value !== null) lines.push(...composeLong([label, value], width));
  if (row.problem) lines.push(...composeProblem(row.problem, width));
  return lines;
}
