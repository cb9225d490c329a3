import type { Clock } from '../clock.ts';
import type { EdirectoryConfig } from '../config/edirectory.ts';
import type { LoadedConfig } from '../config/load.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { EdirectoryAgentOptions } from '../fsso/agents/edirectory/agent.ts';
import { DirectoryClient } from '../fsso/directory/client.ts';
import { collectorTls } from './collector-tls.ts';
import { prepareDirectories } from './directory-setup.ts';

/**
 * What the eDirectory agent does with its section of the configuration.
 * @throws ConfigError for a secret or file that cannot be had
 */
export async function edirectoryOptions(
  section: EdirectoryConfig,
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<Omit<EdirectoryAgentOptions, 'log'>> {
  const { directory } = loaded;
  const password = section.password ? await resolveSecret(section.password, directory, env) : null;
  const tls = await collectorTls(section, directory, env, 'edirectory');
  const [setup] = await prepareDirectories(loaded, env, [section.ldap]);
  if (setup === undefined) throw new RangeError(`there is no ldap entry ${section.ldap}`);
  const { servers, trust, login } = setup;
  const bases = section.dn ?? (setup.base === null ? [] : [setup.base]);
  return {
    listen: section.listen,
    port: section.port,
    tls,
    password,
    fortigates: section.fortigates ?? null,
    filters: section.filters,
    isPlain: servers.some(({ security }) => security === 'plain'),
    clock,
    feed: {
      place: {
        client: new DirectoryClient({ servers, trust, login, clock }),
        bases,
        nameAttribute: section.cnid,
      },
      name: setup.name,
      domain: section.domain ?? organisation(bases[0] ?? ''),
      everyMs: section['poll-interval'] * 1000,
      deadAfterMs: section['dead-entry-timeout'] * 60_000,
    },
  };
}

/** `ACME` of `ou=users,o=acme`. */
function organisation(dn: string): string {
  const last = dn.split(/(?<!\\),/).at(-1) ?? '';
  return last
    .slice(last.indexOf('=') + 1)
    .trim()
    .replace(/\\(.)/g, '$1')
    .toUpperCase();
}
