import { nextSubject, readSubject, subjectOf, subjectText, typedSubject } from '../../history/subject.ts';
import type { Binding } from '../binding.ts';

/** The history of who is selected. */
export const historyBindings: readonly Binding[] = [
  {
    id: 'screen.history',
    keys: ['h'],
    command: 'history',
    argument: 'subject',
    help: 'Show the history of the selected user; again: of the address, of the workstation',
    group: 'Screens',
    hint: 'History',
    hintLast: true,
    on: ['users', 'logon', 'history'],
    run: (controls, { argument }) => {
      const { logon, history, subject } = controls.situation;
      if (argument !== undefined) {
        controls.show('history', subjectText(typedSubject(argument)));
        return;
      }
      const shown = readSubject(subject ?? '');
      const next =
        history !== null && shown !== null
          ? nextSubject(history, shown.kind)
          : logon && (subjectOf(logon, 'user') ?? subjectOf(logon, 'ip'));
      if (next) controls.show('history', subjectText(next));
      else controls.tell('Nothing is selected; ":history NAME" takes a user or an address');
    },
  },
];
