import type { Overlay } from './overlay.ts';

/** A key and what it does, in a word or two. */
export type Hint = readonly [keys: string, word: string];

/** The keys of what lies over a screen: shown at the bottom while it does, and listed in docs/keys.md. */
export const overlayHints: Readonly<Record<Overlay['kind'], readonly Hint[]>> = {
  help: [
    ['Enter', 'Run'],
    ['j k', 'Move'],
    ['PgDn PgUp', 'Page'],
    ['g G', 'Ends'],
    ['Esc q ?', 'Close'],
  ],
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
