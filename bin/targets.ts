import { createEmsAdminSource } from '../src/backends/ems-admin.ts';
import { prepareAdmins } from '../src/backends/ems-admin-setup.ts';
import { caActions } from '../src/backends/ems-ca.ts';
import { createEmsSource, emsActions } from '../src/backends/ems-connector.ts';
import { ExpiryWatch } from '../src/backends/ems-expiry.ts';
import { openTrust, prepareEms } from '../src/backends/ems-setup.ts';
import { prepareFortigates } from '../src/backends/fortigate/setup.ts';
import { createFortigateSource } from '../src/backends/fortigate/source.ts';
import { createFssoSource, fssoActions } from '../src/backends/fsso-connector.ts';
import { prepareFsso } from '../src/backends/fsso-setup.ts';
import { peerActions } from '../src/backends/peer-actions.ts';
import type { Source } from '../src/backends/source.ts';
import type { Clock } from '../src/clock.ts';
import type { LoadedConfig } from '../src/config/load.ts';
import type { Actions } from '../src/state/actions.ts';
import type { WriteGuard } from '../src/verbs.ts';

/** What a configuration gives a dashboard to show. */
export interface Targets {
  readonly sources: readonly Source[];
  readonly actions: Actions;
  /** Connectors that are configured, so that an empty screen can say whether more is to come. */
  readonly configured: Configured;
  /** Whether peers may be changed. */
  readonly write: boolean;
}

/** How many of each kind are configured; `admins` are EMS that somebody signs in to. */
export interface Configured {
  readonly ems: number;
  readonly fsso: number;
  readonly admins: number;
  readonly fortigates: number;
}

/**
 * The sources of everything that is configured, not yet started, and the actions that reach them.
 * @throws ConfigError for a secret, certificate or key that cannot be had
 */
export async function openTargets(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  guard: WriteGuard,
): Promise<Targets> {
  const { config } = loaded;
  const emsSetup = config.ems.length > 0 ? await prepareEms(loaded, env, clock) : null;
  const fssoSetups = config.fsso.length > 0 ? await prepareFsso(loaded, env) : [];
  const expiry = new ExpiryWatch();
  const ems = emsSetup?.targets.map((target) => createEmsSource(target, emsSetup.release, expiry)) ?? [];
  const fsso = fssoSetups.map((setup) => createFssoSource(setup, clock));
  const adminTargets = emsSetup ? await prepareAdmins(loaded, env, emsSetup.targets, guard) : [];
  const admins = new Map(adminTargets.map((each) => [each.target.name, createEmsAdminSource(each)]));
  const trust = emsSetup?.trust ?? (config.fortigate.length > 0 ? await openTrust(loaded, env, clock) : null);
  const fortigateTargets = trust ? await prepareFortigates(loaded, env, trust, clock, guard) : [];
  const fortigates = fortigateTargets.map(createFortigateSource);
  return {
    sources: [...ems, ...fsso, ...admins.values(), ...fortigates],
    actions: {
      ...emsActions(ems),
      ...caActions(trust),
      ...fssoActions(fsso),
      ...peerActions(admins, fortigates),
    },
    configured: {
      ems: ems.length,
      fsso: fsso.length,
      admins: admins.size,
      fortigates: fortigates.length,
    },
    write: guard.write,
  };
}
