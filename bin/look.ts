import { createStore, type StoreApi } from 'zustand/vanilla';
import { type LoadedConfig, refuse } from '../src/config/load.ts';
import { type KeyTable, ownKeys } from '../src/screens/input/key-table.ts';
import { remapKeys } from '../src/screens/input/remap.ts';
import type { Look } from '../src/screens/look.ts';
import { createTheme, type Skin } from '../src/screens/theme/theme.ts';

/** What a configuration chooses of the dashboard. */
export interface Chosen {
  readonly skin: Skin;
  readonly keys: KeyTable;
}

export const ownLook: Chosen = { skin: 'ansi', keys: ownKeys };

/**
 * What `ui` of a configuration chooses.
 * @throws ConfigError with a line for each key that cannot be taken
 */
export function readLook(loaded: LoadedConfig): Chosen {
  const { skin, keys: wanted } = loaded.config.ui ?? { skin: ownLook.skin, keys: {} };
  const { keys, mistakes } = remapKeys(wanted);
  if (mistakes.length > 0)
    throw refuse(
      loaded,
      mistakes.map(({ path, text }) => ({ path: ['ui', 'keys', ...path], text })),
    );
  return { skin, keys };
}

/** The look of a dashboard that runs, and how it becomes another one. */
export interface LiveLook {
  readonly state: StoreApi<Look>;
  take(chosen: Chosen): void;
}

/** `colour` and `ascii` are what the terminal can do, whatever is chosen. */
export function createLook(chosen: Chosen, terminal: { colour: boolean; ascii: boolean }): LiveLook {
  const lookOf = ({ skin, keys }: Chosen): Look => ({ theme: createTheme({ ...terminal, skin }), keys });
  const state = createStore<Look>(() => lookOf(chosen));
  return { state, take: (next) => state.setState(lookOf(next)) };
}
