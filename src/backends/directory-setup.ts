import { ConfigError } from '../config/error.ts';
import { type LdapConfig, ldapPorts } from '../config/ldap-options.ts';
import type { LoadedConfig } from '../config/load.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { DirectoryOptions } from '../fsso/directory/client.ts';
import { trustedBy } from './trusted-by.ts';

/** An entry of `ldap`, its files read and its secret resolved. */
export interface DirectorySetup extends Pick<DirectoryOptions, 'servers' | 'trust' | 'login'> {
  readonly name: string;
  /** Where users and groups are; null: the whole domain of the server. */
  readonly base: string | null;
  /** Attribute with the name of a user. */
  readonly nameAttribute: string;
}

/**
 * Makes directories ready that the configuration names.
 * @throws ConfigError for a file or a secret that cannot be had
 */
export async function prepareDirectories(
  loaded: Pick<LoadedConfig, 'config' | 'directory'>,
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): Promise<DirectorySetup[]> {
  // Each once, in the order in which they are named; that each is there is a rule of the configuration.
  const chosen = [...new Set(names)].map((name) =>
    loaded.config.ldap.findIndex((entry) => entry.name === name),
  );
  return Promise.all(
    chosen.map(async (index) => {
      const entry = loaded.config.ldap[index] as LdapConfig;
      const { username, password } = entry;
      const secret =
        password === undefined ? null : await resolveSecret(password, loaded.directory, env).catch(at(index));
      return {
        name: entry.name,
        servers: serversOf(entry),
        trust: {
          ca:
            entry.secure === 'disable'
              ? []
              : await trustedBy(entry['ca-cert'], `ldap[${index}].ca-cert`, loaded),
          checksName: entry['server-identity-check'] === 'enable',
        },
        login: username === undefined || secret === null ? null : { name: username, password: secret },
        base: entry.dn ?? null,
        nameAttribute: entry.cnid,
      };
    }),
  );
}

function serversOf(entry: LdapConfig): DirectorySetup['servers'] {
  const port = entry.port ?? (entry.secure === 'ldaps' ? ldapPorts.ldaps : ldapPorts.plain);
  const security = entry.secure === 'disable' ? 'plain' : entry.secure;
  return [entry.server, entry['secondary-server'], entry['tertiary-server']]
    .filter((host) => host !== undefined)
    .map((host) => ({ host, port, security }));
}

const at = (index: number) => (error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  throw new ConfigError(error.lines.map((line) => `ldap[${index}].password: ${line}`));
};
