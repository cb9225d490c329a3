import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { accountName, evidenceOf, type HistoryRow } from '../../logon-history.ts';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf } from '../look.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { composeLong, type Field } from '../parts/fields.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { historyColumns } from './columns.ts';
import type { HistoryState } from './loader.ts';
import { mostRows, readSubject, subjectWords } from './subject.ts';

// A rule, and the evidence of an interval that ended after its link was lost.
const paneHeight = 10;

/** The history of one user, address or workstation, and below it what the selected interval rests on. */
export function HistoryScreen(screen: ScreenProps): ReactNode {
  const { views, history } = useServices();
  const keyOf = useKeyOf();
  const state = useStore(history.state);
  const subject = readSubject(screen.place.subject ?? '');
  const words = subject === null ? '' : subjectWords(subject);
  return (
    <ListWithPane
      screen={screen}
      title={`History of ${words}`}
      columns={historyColumns}
      view={views.history}
      blank={blankHistory(state, words, keyOf)}
      alert={state.isCut ? [`the newest ${mostRows}: "fsso history" has all`, 'muted'] : undefined}
      paneHeight={paneHeight}
      listRows={screen.rows}
      pane={(row) => ({
        title: `${accountName(row)} at ${row.ip}`,
        lines: evidenceLines(row, screen.columns),
      })}
    />
  );
}

function blankHistory({ asking, problem }: HistoryState, words: string, keyOf: KeyOf): readonly Piece[] {
  if (asking) return [['Loading', 'accent'], `Asking the history about ${words}.`];
  if (problem !== null)
    return [[problem.message, 'bad'], problem.cause, ...problem.fix.map((step): Piece => [step, 'muted'])];
  return [
    [`Nothing is recorded about ${words}`, 'title'],
    `The history knows what collectors reported while fabrictop ran. ${keyOf('refresh')} asks again.`,
  ];
}

function evidenceLines(row: HistoryRow, width: number): Run[][] {
  const place = row.session === 0 ? '' : `, session ${row.session} of a terminal server`;
  const fields: Field[] = [
    ...evidenceOf(row).map(([label, text]): Field => [label, text]),
    ['Workstation', `${row.workstation}${place}`],
    ['Ports', row.ports],
    ['Groups', row.groups],
  ];
  return fields.filter(([, text]) => text !== '').flatMap((field) => composeLong(field, width));
}
