import type { ReactNode } from 'react';
import type { AlertRow } from '../../state/alert-rows.ts';
import type { Run } from '../parts/columns.ts';
import { type Piece, wrapText } from '../parts/compose-line.ts';
import { composeFields } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import { stateText } from '../parts/state-words.ts';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useServices } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { alertColumns, alertWord } from './columns.ts';

const paneHeight = 8;

/** What the rules of the configuration found wrong, and below it all about the selected alert. */
export function AlertsScreen(screen: ScreenProps): ReactNode {
  const { views, configured } = useServices();
  return (
    <ListWithPane
      screen={screen}
      title="Alerts"
      columns={alertColumns}
      view={views.alerts}
      blank={blankAlerts(configured)}
      paneHeight={paneHeight}
      pane={(row) => ({ title: row.rule, lines: alertLines(row, screen.columns) })}
    />
  );
}

function blankAlerts({ alertRules = 0 }: Configured): readonly Piece[] {
  if (alertRules > 0) {
    const rules = alertRules === 1 ? '1 rule' : `${alertRules} rules`;
    return [['Nothing is wrong', 'title'], `${rules} looked at every second; none of them finds anything.`];
  }
  return [
    ['No rules are configured', 'title'],
    'Add rules under "alerts:" in the configuration file, for example',
    'alerts: { rules: [ { name: links, when: link-down } ] }',
  ];
}

function alertLines(row: AlertRow, width: number): Run[][] {
  const at = (time: number | null) => (time === null ? '' : dateTime(time));
  return [
    ...wrapText(row.text, width).map((line): Run[] => [{ text: line, tone: alertWord(row).tone }]),
    ...composeFields(
      [
        ['State', stateText(alertWord(row)), alertWord(row).tone],
        ['Watches', row.kind],
        ['Since', at(row.since)],
        ['Fired', at(row.firedAt)],
        ['Acknowledged', at(row.acknowledgedAt)],
        ['Resolved', at(row.resolvedAt)],
      ],
      width,
    ),
  ];
}
