import { caActions } from '../src/backends/ems-ca.ts';
import { createEmsSource, emsActions } from '../src/backends/ems-connector.ts';
import { ExpiryWatch } from '../src/backends/ems-expiry.ts';
import { prepareEms } from '../src/backends/ems-setup.ts';
import { createFssoSource, fssoActions } from '../src/backends/fsso-connector.ts';
import { prepareFsso } from '../src/backends/fsso-setup.ts';
import type { Source } from '../src/backends/source.ts';
import type { Clock } from '../src/clock.ts';
import type { LoadedConfig } from '../src/config/load.ts';
import type { Actions } from '../src/state/actions.ts';

/** What a configuration gives a dashboard to show. */
export interface Targets {
  readonly sources: readonly Source[];
  readonly actions: Actions;
  /** Connectors that are configured, so that an empty screen can say whether more is to come. */
  readonly configured: { readonly ems: number; readonly fsso: number };
}

/**
 * The sources of everything that is configured, not yet started, and the actions that reach them.
 * @throws ConfigError for a secret, certificate or key that cannot be had
 */
export async function openTargets(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<Targets> {
  const { config } = loaded;
  const emsSetup = config.ems.length > 0 ? await prepareEms(loaded, env, clock) : null;
  const fssoSetups = config.fsso.length > 0 ? await prepareFsso(loaded, env) : [];
  const expiry = new ExpiryWatch();
  const ems = emsSetup?.targets.map((target) => createEmsSource(target, emsSetup.release, expiry)) ?? [];
  const fsso = fssoSetups.map((setup) => createFssoSource(setup, clock));
  return {
    sources: [...ems, ...fsso],
    actions: { ...emsActions(ems), ...caActions(emsSetup?.trust ?? null), ...fssoActions(fsso) },
    configured: { ems: ems.length, fsso: fsso.length },
  };
}
