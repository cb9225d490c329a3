import { join, parse } from 'node:path';
import { emsOptionShape } from '../config/ems-options.ts';
import { ConfigError } from '../config/error.ts';
import type { FabricConfig } from '../config/fabric.ts';
import type { LoadedConfig } from '../config/load.ts';
import { trustStorePath } from '../config/paths.ts';
import { emsEntryLimit } from '../config/releases.ts';
import { configSchema, type EmsConfig } from '../config/schema.ts';
import { type AppliedDocument, documentInForce, type MemberOptions } from '../ems/fabric/member.ts';
import { overlayEntries } from '../ems/fabric/overlay.ts';
import { FabricKeyError, readPublicKey } from '../ems/fabric/signature.ts';
import { FabricStateError } from '../ems/fabric/state-file.ts';
import type { FabricConflict } from '../ems/fabric/trust-plan.ts';
import type { SyncedFrom } from '../fabric-sync.ts';

const entrySchema = configSchema.shape.ems.unwrap().element;
const optionSchemas: Readonly<Record<string, (typeof emsOptionShape)[keyof typeof emsOptionShape]>> =
  emsOptionShape;

/** Beside the trust store, of which it says what came from the root. */
export function fabricStatePath({ config, directory }: LoadedConfig, env: NodeJS.ProcessEnv): string {
  const { dir, name } = parse(trustStorePath(config.trust.store, directory, env));
  return join(dir, `${name}-fabric.json`);
}

/** The `fabric` key of a member that takes settings; null for a root, with `configuration-sync: local`, and without it. */
export function followedFabric({ config: { fabric } }: LoadedConfig): FabricConfig | null {
  return fabric?.role === 'downstream' && fabric['configuration-sync'] === 'default' ? fabric : null;
}

/** Whose documents a member takes, and where it remembers them. @throws ConfigError for a root key that is none */
export function memberOrigin(
  loaded: LoadedConfig,
  fabric: FabricConfig,
  env: NodeJS.ProcessEnv,
): Pick<MemberOptions, 'rootKey' | 'root' | 'statePath'> {
  const key = fabric['root-key'];
  try {
    return {
      rootKey: key === undefined ? null : readPublicKey(key),
      root: fabric.root ?? null,
      statePath: fabricStatePath(loaded, env),
    };
  } catch (error) {
    if (!(error instanceof FabricKeyError)) throw error;
    throw new ConfigError([`fabric.root-key: ${error.message}`]);
  }
}

/** A configuration with the settings of a root in it, and what does not fit together. */
export interface SyncedConfig {
  readonly loaded: LoadedConfig;
  readonly conflicts: readonly FabricConflict[];
}

/** Puts what is in force under our own configuration. The file itself is not touched. */
export function syncedConfig(loaded: LoadedConfig, applied: AppliedDocument): SyncedConfig {
  const { root, revision, settings } = applied.document;
  const { config } = loaded;
  const { entries, synced, conflicts } = overlayEntries(config.ems, settings.ems, {
    fallbackOf: (option) => optionSchemas[option]?.safeParse(undefined).data,
    whyNot(option, value) {
      const schema = optionSchemas[option];
      if (!schema) return 'this fabrictop does not know it';
      const { error } = schema.safeParse(value);
      return error ? (error.issues[0]?.message ?? 'it is out of range') : null;
    },
    most: emsEntryLimit(config.release),
  });
  const from: SyncedFrom = { root, revision };
  return {
    loaded: {
      ...loaded,
      config: { ...config, ems: entries.map((entry): EmsConfig => entrySchema.parse(entry)) },
      synced: new Map([...synced].map((name) => [name, from])),
    },
    conflicts,
  };
}

/**
 * The configuration with the settings that this member has from its root; the same one for everybody else, and when it
 * was done already. Nothing is asked of the root.
 * @throws ConfigError when the member's state cannot be read
 */
export function withFabric(loaded: LoadedConfig, env: NodeJS.ProcessEnv): LoadedConfig {
  const fabric = followedFabric(loaded);
  if (fabric === null || loaded.synced !== undefined) return loaded;
  try {
    const applied = documentInForce(memberOrigin(loaded, fabric, env));
    return applied === null ? loaded : syncedConfig(loaded, applied).loaded;
  } catch (error) {
    if (!(error instanceof FabricStateError)) throw error;
    throw new ConfigError([[error.message, ...error.problem.fix].join(' ')]);
  }
}
