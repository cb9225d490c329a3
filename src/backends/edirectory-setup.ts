import type { Clock } from '../clock.ts';
import type { EdirectoryConfig } from '../config/edirectory.ts';
import type { LoadedConfig } from '../config/load.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { EdirectoryAgentOptions } from '../fsso/agents/edirectory/agent.ts';
import { DirectoryClient } from '../fsso/directory/client.ts';
import { collectorTls } from './collector-tls.ts';
import { trustedBy } from './trusted-by.ts';

const securities = { ldaps: 'ldaps', starttls: 'starttls', disable: 'plain' } as const;
const ports = { ldaps: 636, starttls: 389, disable: 389 } as const;

/**
 * What the eDirectory agent does with its section of the configuration.
 * @throws ConfigError for a secret or file that cannot be had
 */
export async function edirectoryOptions(
  section: EdirectoryConfig,
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<Omit<EdirectoryAgentOptions, 'log'>> {
  const { ldap } = section;
  const secret = (value: EdirectoryConfig['password']) =>
    value ? resolveSecret(value, directory, env) : Promise.resolve(null);
  const password = await secret(section.password);
  const bindPassword = await secret(ldap.password);
  const tls = await collectorTls(section, directory, env, 'edirectory');
  const [first] = ldap.servers;
  const client = new DirectoryClient({
    servers: ldap.servers.map(({ server, port }) => ({
      host: server,
      port: port ?? ports[ldap.secure],
      security: securities[ldap.secure],
    })),
    trust: {
      ca:
        ldap.secure === 'disable'
          ? []
          : await trustedBy(ldap['ca-cert'], 'edirectory.ldap.ca-cert', { config, directory }),
      checksName: ldap['server-identity-check'] === 'enable',
    },
    login:
      ldap.username !== undefined && bindPassword !== null
        ? { name: ldap.username, password: bindPassword }
        : null,
    clock,
  });
  return {
    listen: section.listen,
    port: section.port,
    tls,
    password,
    fortigates: section.fortigates ?? null,
    filters: section.filters,
    isPlain: ldap.secure === 'disable',
    clock,
    feed: {
      place: { client, bases: ldap.dn, nameAttribute: ldap.cnid },
      name: first?.server ?? '',
      domain: section.domain ?? organisation(ldap.dn[0] ?? ''),
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
