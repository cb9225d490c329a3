import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Source } from '../src/backends/source.ts';
import { ConfigError } from '../src/config/error.ts';
import type { LoadedConfig } from '../src/config/load.ts';
import { configPath } from '../src/config/paths.ts';
import { safeText } from '../src/safe-text.ts';
import { type KeyTable, ownKeys } from '../src/screens/input/key-table.ts';
import { remapKeys } from '../src/screens/input/remap.ts';
import type { Look } from '../src/screens/look.ts';
import { createTheme, type Skin, type SkinName, skins } from '../src/screens/theme/theme.ts';

/** What is chosen of the dashboard. */
export interface Chosen {
  readonly skin: Skin;
  readonly keys: KeyTable;
  readonly mouse: boolean;
}

export const ownLook: Chosen = { skin: skins.ansi, keys: ownKeys, mouse: false };

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
  const { readSkin } = await import('../src/screens/theme/skin-file.ts');
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
  if (mistakes.length > 0) {
    const { refuse } = await import('../src/config/load.ts');
    throw refuse(
      loaded,
      mistakes.map(({ path, text }) => ({ path: ['ui', 'keys', ...path], text })),
    );
  }
  return { skin: await openSkin(ui?.skin ?? 'ansi', loaded.directory), keys, mouse: ui?.mouse ?? false };
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
  const lookOf = ({ skin, ...others }: Chosen): Look => ({
    ...others,
    theme: createTheme({ ...terminal, skin }),
  });
  const state = createStore<Look>(() => lookOf(chosen));
  return {
    state,
    take: (next) => state.setState(lookOf(next)),
    async chooseSkin(name) {
      if (!terminal.colour) return 'NO_COLOR is set, so a skin shows nothing';
      try {
        const skin = await openSkin(name, process.cwd());
        const { keys, mouse } = state.getState();
        state.setState(lookOf({ skin, keys, mouse }));
        return null;
      } catch (error) {
        if (error instanceof ConfigError) return error.lines[0] ?? '';
        throw error;
      }
    },
  };
}

/** What `ui` of the configuration chooses for a program that takes nothing else of it, and what is wrong with it. */
export interface OwnUi {
  readonly chosen: Chosen;
  readonly mistake: string | null;
}

/**
 * The look of a demo or a replay: that of the configuration file, where there is one. A mistake in it keeps neither from starting.
 * `given` is a file that was named.
 * @throws ConfigError where a named file cannot be read
 */
export async function readOwnUi(given: string | undefined, env: NodeJS.ProcessEnv): Promise<OwnUi> {
  const path = given ?? configPath(env);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (given === undefined) return null;
    throw new ConfigError([`${safeText(path)} cannot be read (${error.code})`]);
  });
  if (text === null) return { chosen: ownLook, mistake: null };
  const refused = (mistake: string) => ({ chosen: ownLook, mistake: `${safeText(path)}: ${mistake}` });
  // What reads YAML is a third of what has to be loaded before the first frame, and mostly there is no file.
  const [{ dataOf }, { uiSchema }] = await Promise.all([
    import('../src/config/edit/data.ts'),
    import('../src/config/ui.ts'),
  ]);
  const data = dataOf(text);
  if (data === null) return refused('it is not valid YAML, so its ui is left out');
  const ui = uiSchema.safeParse(data['ui'] ?? {});
  if (!ui.success) {
    const [issue] = ui.error.issues;
    return refused(`ui.${safeText(issue?.path.join('.') ?? '')}: ${issue?.message ?? ''}`);
  }
  const { keys, mistakes } = remapKeys(ui.data.keys);
  const [wrong] = mistakes;
  if (wrong) return refused(`ui.keys.${safeText(wrong.path.join('.'))}: ${wrong.text}`);
  try {
    return {
      chosen: { skin: await openSkin(ui.data.skin, dirname(path)), keys, mouse: ui.data.mouse },
      mistake: null,
    };
  } catch (error) {
    if (error instanceof ConfigError) return refused(`ui.skin: ${error.lines[0] ?? ''}`);
    throw error;
  }
}

/** Tells of a mistake in the look, in a program that goes on without it. */
export function mistakeSource(mistake: string | null): Source[] {
  if (mistake === null) return [];
  return [
    {
      name: 'configuration',
      start: (sink) => sink({ table: 'toasts', op: 'push', level: 'warning', text: mistake }),
      stop: async () => {},
    },
  ];
}
