import { createContext, useContext } from 'react';
import type { KeyTable } from './input/key-table.ts';
import type { KeyOf } from './input/keymap.ts';
import type { Theme } from './theme/theme.ts';

/** What the user may choose of the dashboard, and change while it runs. */
export interface Look {
  readonly theme: Theme;
  readonly keys: KeyTable;
  /** Whether the terminal is asked to tell of the mouse. */
  readonly mouse: boolean;
}

/** Provided once, by the app: a context and no store, so that a line costs no subscription. */
export const LookContext = createContext<Look | null>(null);

function useLook(): Look {
  const look = useContext(LookContext);
  if (look === null) throw new Error('a screen was rendered outside of the app');
  return look;
}

export function useTheme(): Theme {
  return useLook().theme;
}

/** What people press for a command, for sentences that name a key. */
export function useKeyOf(): KeyOf {
  return useLook().keys.keyOf;
}

export function useKeys(): KeyTable {
  return useLook().keys;
}
