import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/error.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config, FssoConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { FssoConnectorOptions } from '../fsso/gate/connector.ts';
import type { OwnAddress } from '../fsso/gate/own-address.ts';
import { trustedBy } from './trusted-by.ts';

/** One connector's configuration with its secrets, one for each server in order; null where none is needed. */
export interface FssoSetup {
  readonly config: FssoConfig;
  /** `SERIAL-VDOM`. */
  readonly identity: string;
  readonly passwords: readonly (string | null)[];
  /** PEM: what collectors are trusted by; empty without TLS. */
  readonly ca: readonly string[];
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
      ca:
        each.ssl === 'enable'
          ? await trustedBy(each['ssl-trusted-cert'], `fsso[${config.fsso.indexOf(each)}].ssl-trusted-cert`, {
              config,
              directory,
            })
          : [],
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
  { config, identity, passwords, ca }: FssoSetup,
  clock: Clock,
): FssoConnectorOptions {
  const isOn = (key: 'ssl' | 'ssl-server-host-ip-check' | 'pipeline-send-all') => config[key] === 'enable';
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
    source: ownAddress(config),
    tls: isOn('ssl') ? { ca, sni: config.sni ?? null, checksHost: isOn('ssl-server-host-ip-check') } : null,
    groupFilter: config['group-filter'] ?? null,
    pipelined: isOn('pipeline-send-all'),
    probeIntervalMs: config['standby-probe-interval'] * 1000,
    clock,
  };
}

function ownAddress(config: FssoConfig): OwnAddress | undefined {
  const ip4 = config['source-ip'] === '0.0.0.0' ? null : config['source-ip'];
  const ip6 = config['source-ip6'] === '::' ? null : config['source-ip6'];
  const name = config['interface-select-method'] === 'specify' ? (config.interface ?? null) : null;
  return ip4 === null && ip6 === null && name === null ? undefined : { ip4, ip6, interface: name };
}
