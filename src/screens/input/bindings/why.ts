import { questionOf, questionText, typedQuestion } from '../../why/question.ts';
import type { Binding } from '../binding.ts';

/** Why the selected user is allowed or denied. */
export const whyBindings: readonly Binding[] = [
  {
    id: 'screen.why',
    keys: ['w'],
    command: 'why',
    argument: 'subject',
    help: 'Explain why the selected user is allowed or denied; ":why USER|IP [DESTINATION]" asks about anybody',
    group: 'Screens',
    hint: 'Why',
    hintLast: true,
    hintOn: ['users', 'logon', 'entries', 'entry', 'history'],
    run: (controls, { argument }) => {
      const { logon, entry, history, screen } = controls.situation;
      const row = logon ?? entry ?? history;
      if (argument !== undefined) controls.show('why', questionText(typedQuestion(argument)));
      else if (row !== null) controls.show('why', questionText(questionOf(row)));
      else if (screen === 'why') controls.openCommandBar('why ');
      else controls.tell('Nothing is selected; ":why NAME" takes a user or an address, and a destination');
    },
  },
];
