import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/error.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config, FssoConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { FssoConnectorOptions } from '../fsso/gate/connector.ts';

/** One connector's configuration with its secrets, one for each server in order; null where none is needed. */
export interface FssoSetup {
  readonly config: FssoConfig;
  /** `SERIAL-VDOM`. */
  readonly identity: string;
  readonly passwords: readonly (string | null)[];
}

/**
 * What we present to collectors.
 * @throws ConfigError when the configuration has no identity
 */
export function fssoIdentity(identity: Config['identity']): string {
  if (identity === undefined)
    throw new ConfigError([
      'identity: missing, expected the serial number that collectors shall see, for example { serial: FGVM010000000001 }',
    ]);
  return `${identity.serial}-${identity.vdom}`;
}

/**
 * Makes every configured connector ready: identity and passwords.
 * @param name only this connector
 * @throws ConfigError for a missing identity, an unknown name or a secret that cannot be had
 */
export async function prepareFsso(
  { config, path, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  name?: string,
): Promise<FssoSetup[]> {
  const names = config.fsso.map((each) => each.name);
  if (names.length === 0) throw new ConfigError([`${path}: fsso: no connector is configured`]);
  const chosen = config.fsso.filter((each) => name === undefined || each.name === name);
  if (chosen.length === 0)
    throw new ConfigError([`there is no FSSO connector "${name}", expected one of ${names.join(', ')}`]);
  const identity = fssoIdentity(config.identity);
  return Promise.all(
    chosen.map(async (each) => ({
      config: each,
      identity,
      passwords: await Promise.all(
        each.servers.map(async ({ password }) =>
          password === undefined ? null : resolveSecret(password, directory, env),
        ),
      ),
    })),
  );
}

/** The same in the words of the protocol engine. */
export function connectorOptions(
  { config, identity, passwords }: FssoSetup,
  clock: Clock,
): FssoConnectorOptions {
  const sourceIp = config['source-ip'];
  return {
    name: config.name,
    identity,
    collectors: config.servers.map(({ server, port }, index) => ({
      host: server,
      port,
      password: passwords[index] ?? null,
    })),
    strategy: config['auth-strategy'],
    logonTimeoutMs: config['logon-timeout'] * 60_000,
    sourceIp: sourceIp === '0.0.0.0' ? undefined : sourceIp,
    clock,
  };
}
