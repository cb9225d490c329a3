import type { Clock } from '../../clock.ts';
import { ConfigError } from '../../config/error.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { WhyDirectory } from '../../fsso/why/directory.ts';
import type { Problem } from '../../problem.ts';
import { prepareDirectories } from '../directory-setup.ts';

/** Who is asked about, at the directory of which connector. */
export interface WhoInDirectory {
  readonly connector: string;
  /** Blank: any. */
  readonly domain: string;
  readonly user: string;
}

/** Groups and domains are known for the length of one question. */
const keptMs = 60_000;

/**
 * Asks the directory of a connector for the groups of a user: `user-info-server`, else `ldap-server`. Connects anew for each
 * question, because few are asked. Never rejects; null where the connector has none.
 */
export async function askDirectory(
  loaded: Pick<LoadedConfig, 'config' | 'directory'>,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  { connector, domain, user }: WhoInDirectory,
): Promise<WhyDirectory | null> {
  const entry = loaded.config.fsso.find(({ name }) => name === connector);
  const name = entry?.['user-info-server'] ?? entry?.['ldap-server'];
  if (name === undefined) return null;
  const [{ ActiveDirectory }, { DirectoryClient }, { DirectoryFailure }] = await Promise.all([
    import('../../fsso/directory/active-directory/active-directory.ts'),
    import('../../fsso/directory/client.ts'),
    import('../../fsso/directory/failure.ts'),
  ]);
  const at = clock.now();
  try {
    const [setup] = await prepareDirectories(loaded, env, [name]);
    if (setup === undefined) return null;
    const { base, nameAttribute, ...options } = setup;
    const client = new DirectoryClient({ ...options, clock });
    try {
      const directory = new ActiveDirectory({
        client,
        clock,
        mode: 'advanced',
        base,
        nameAttribute,
        nested: 'token-groups',
        takesUniversal: true,
        keptMs,
      });
      return { name, at, user: await directory.memberships(domain, user), problem: null };
    } finally {
      client.stop();
    }
  } catch (error) {
    if (error instanceof DirectoryFailure) return { name, at, user: null, problem: error.problem };
    if (error instanceof ConfigError) return { name, at, user: null, problem: unready(error) };
    throw error;
  }
}

/** A secret or a file that cannot be had. */
function unready({ lines: [message = ''] }: ConfigError): Problem {
  return {
    stage: 'configuration',
    code: null,
    message,
    cause: 'A file or a secret of the ldap entry cannot be had.',
    fix: [],
  };
}
