import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { ConfigError } from '../src/config/error.ts';
import { type LoadedConfig, refuse } from '../src/config/load.ts';
import { safeText } from '../src/safe-text.ts';
import { type KeyTable, ownKeys } from '../src/screens/input/key-table.ts';
import { remapKeys } from '../src/screens/input/remap.ts';
import type { Look } from '../src/screens/look.ts';
import { readSkin } from '../src/screens/theme/skin-file.ts';
import { createTheme, type Skin, type SkinName, skins } from '../src/screens/theme/theme.ts';

/** What is chosen of the dashboard. */
export interface Chosen {
  readonly skin: Skin;
  readonly keys: KeyTable;
}

export const ownLook: Chosen = { skin: skins.ansi, keys: ownKeys };

// Octets of a skin file.
const longestFile = 65_536;

/**
 * A skin by its name, or of a file that is relative to `directory`.
 * @throws ConfigError with a line for each mistake
 */
export async function openSkin(name: string, directory: string): Promise<Skin> {
  if (Object.hasOwn(skins, name)) return skins[name as SkinName];
  if (!/[.]ya?ml$/.test(name))
    throw new ConfigError([
      `there is no skin ${safeText(name)}, expected ${Object.keys(skins).join(', ')} or a file that ends in .yaml`,
    ]);
  const path = resolve(directory, name);
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`the skin ${safeText(path)} cannot be read (${error.code})`]);
  });
  if (content.length > longestFile)
    throw new ConfigError([`the skin ${safeText(path)} is longer than ${longestFile} octets`]);
  const read = readSkin(content.toString(), path);
  if ('mistakes' in read) throw new ConfigError(read.mistakes);
  return read.skin;
}

/**
 * What `ui` of a configuration chooses.
 * @throws ConfigError with a line for each key, or word of a skin, that cannot be taken
 */
export async function readLook(loaded: LoadedConfig): Promise<Chosen> {
  const { ui } = loaded.config;
  const { keys, mistakes } = remapKeys(ui?.keys ?? {});
  if (mistakes.length > 0)
    throw refuse(
      loaded,
      mistakes.map(({ path, text }) => ({ path: ['ui', 'keys', ...path], text })),
    );
  return { skin: await openSkin(ui?.skin ?? 'ansi', loaded.directory), keys };
}

/** The look of a dashboard that runs, and how it becomes another one. */
export interface LiveLook {
  readonly state: StoreApi<Look>;
  take(chosen: Chosen): void;
  /** Another skin until the program ends, or the configuration changes; a line that says why not, else null. */
  chooseSkin(name: string): Promise<string | null>;
}

/** `colour` and `ascii` are what the terminal can do, whatever is chosen. */
export function createLook(chosen: Chosen, terminal: { colour: boolean; ascii: boolean }): LiveLook {
  const lookOf = ({ skin, keys }: Chosen): Look => ({ theme: createTheme({ ...terminal, skin }), keys });
  const state = createStore<Look>(() => lookOf(chosen));
  return {
    state,
    take: (next) => state.setState(lookOf(next)),
    async chooseSkin(name) {
      if (!terminal.colour) return 'NO_COLOR is set, so a skin shows nothing';
      try {
        const skin = await openSkin(name, process.cwd());
        state.setState(lookOf({ skin, keys: state.getState().keys }));
        return null;
      } catch (error) {
        if (error instanceof ConfigError) return error.lines[0] ?? '';
        throw error;
      }
    },
  };
}
