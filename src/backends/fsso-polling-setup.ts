import type { FssoPollingConfig } from '../config/fsso-polling.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type CollectorConfig, configSchema } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { PollTarget } from '../fsso/collector/feeds/polling/polling-feed.ts';
import { agentlessIds } from '../fsso/collector/feeds/windows/event-logon.ts';
import type { DirectorySettings } from '../fsso/collector/groups/groups.ts';
import type { NtlmCredentials } from '../fsso/ntlm/client.ts';
import { openSmbLink } from '../fsso/windows/smb-link.ts';
import { collectorDirectories } from './collector-directories.ts';
import { prepareDirectories } from './directory-setup.ts';
import { namedSecret } from './named-secret.ts';
import { windowsAccount } from './windows-account.ts';

/** An entry of `user fsso-polling`, its secrets resolved. */
export interface FssoPollingSetup {
  readonly config: FssoPollingConfig;
  /** On screens, and in commands. */
  readonly name: string;
  readonly credentials: NtlmCredentials;
  readonly target: PollTarget;
  readonly directories: DirectorySettings | null;
}

/** Groups are asked for as a collector does by default. */
function collectorDefaults(): CollectorConfig {
  return configSchema.parse({ collector: {} }).collector as CollectorConfig;
}

/**
 * Makes the entries ready that are enabled.
 * @throws ConfigError for a file or a secret that cannot be had
 */
export async function prepareFssoPolling(
  loaded: Pick<LoadedConfig, 'config' | 'directory'>,
  env: NodeJS.ProcessEnv,
): Promise<FssoPollingSetup[]> {
  const list = loaded.config['fsso-polling'];
  const setups = list.map(async (config, index): Promise<FssoPollingSetup | null> => {
    if (config.status === 'disable') return null;
    const place = `fsso-polling[${index}].password`;
    const password = await namedSecret(place, resolveSecret(config.password, loaded.directory, env));
    const ldap = config['ldap-server'];
    const directories =
      ldap === undefined
        ? null
        : await collectorDirectories(collectorDefaults(), await prepareDirectories(loaded, env, [ldap]));
    const name = `fsso-polling ${config.id}`;
    const credentials = credentialsOf(config, password);
    return { config, name, credentials, target: targetOf(config, credentials), directories };
  });
  return (await Promise.all(setups)).filter((setup) => setup !== null);
}

/** A bare user belongs to the domain of the entry. */
function credentialsOf(
  { user, 'default-domain': domain = '' }: FssoPollingConfig,
  password: string,
): NtlmCredentials {
  const credentials = windowsAccount(user, password);
  return credentials.domain === '' && !user.includes('@') ? { ...credentials, domain } : credentials;
}

function targetOf(config: FssoPollingConfig, credentials: NtlmCredentials): PollTarget {
  const { server: host, port, user: written, 'default-domain': domain = '' } = config;
  return {
    name: host,
    mode: 'event-log',
    log: 'Security',
    domain,
    ids: agentlessIds,
    account: written,
    seconds: config['polling-frequency'],
    open: (signal, clock, loginTurn) =>
      openSmbLink({
        ...{ host, credentials, mode: 'event-log', log: 'Security', clock, signal, loginTurn },
        ...(port !== 0 && { port }),
      }),
  };
}
