import type { KeyTable } from './key-table.ts';
import type { Overlay } from './overlay.ts';

/** A key and what it does, in a word or two. */
export type Hint = readonly [keys: string, word: string];

/** The keys of what lies over a screen: shown at the bottom while it does, and listed in docs/keys.md. */
export function hintsOf({ keyOf }: KeyTable): Readonly<Record<Overlay['kind'], readonly Hint[]>> {
  const both = (one: string, other: string): string => `${keyOf(one)} ${keyOf(other)}`;
  return {
    help: [
      ['Enter', 'Run'],
      [both('down', 'up'), 'Move'],
      [both('page-down', 'page-up'), 'Page'],
      [both('first', 'end'), 'Ends'],
      [`Esc ${both('quit', 'help')}`, 'Close'],
    ],
    ...fixedHints,
  };
}

// Those of questions and of what is typed are the same whatever keys the screens have.
const fixedHints: Readonly<Record<Exclude<Overlay['kind'], 'help'>, readonly Hint[]>> = {
  question: [
    ['y', 'Go ahead'],
    ['n', 'Cancel'],
  ],
  form: [
    ['Enter', 'Save'],
    ['Tab', 'Next'],
    ['Shift+Tab', 'Back'],
    ['Space', 'Choose'],
    ['Ctrl+U', 'Empty'],
    ['Esc', 'Cancel'],
  ],
  command: [
    ['Enter', 'Run'],
    ['Tab', 'Complete'],
    ['Up Down', 'Earlier'],
    ['Ctrl+W', 'Word'],
    ['Ctrl+U', 'Empty'],
    ['Esc', 'Cancel'],
  ],
  filter: [
    ['Enter', 'Keep'],
    ['Tab', 'Complete'],
    ['Ctrl+W', 'Word'],
    ['Ctrl+U', 'Empty'],
    ['Esc', 'Undo'],
  ],
};
