import type { CollectorConfig } from '../config/schema.ts';
import { collectorEvent } from '../fsso/collector/events.ts';
import type { DirectorySettings } from '../fsso/collector/groups/groups.ts';
import type { ActiveDirectory } from '../fsso/directory/active-directory/active-directory.ts';
import type { DirectoryClient } from '../fsso/directory/client.ts';
import type { DirectorySetup } from './directory-setup.ts';

/** Names of domains and groups change seldom; groups are known at least so long, in milliseconds. */
const leastKept = 60_000;

/** The directories of a collector as its configuration wants them; null where it names none. */
export async function collectorDirectories(
  section: CollectorConfig,
  setups: readonly DirectorySetup[],
): Promise<DirectorySettings | null> {
  if (setups.length === 0) return null;
  // Loaded late: a collector without a directory needs no LDAP.
  const [{ ActiveDirectory }, { DirectoryClient }] = await Promise.all([
    import('../fsso/directory/active-directory/active-directory.ts'),
    import('../fsso/directory/client.ts'),
  ]);
  const keptMs = section['group-cache-minutes'] * 60_000;
  return {
    keptMs,
    intervalMs: section['group-lookup-interval'] * 1000,
    followsTrusts: section['trusted-domains'] === 'enable',
    make: ({ clock, report }) =>
      setups.map(({ name, servers, trust, login, base, nameAttribute }) => {
        const client: DirectoryClient = new DirectoryClient({
          servers,
          trust,
          login,
          clock,
          report: ({ server, problem, retryAt }) =>
            report(
              problem === null
                ? collectorEvent({ msg: 'directory server answers again', directory: name, server })
                : collectorEvent({
                    msg: 'directory server failed',
                    directory: name,
                    server,
                    stage: problem.stage,
                    why: problem.message,
                    retryInSeconds: Math.ceil(((retryAt ?? clock.now()) - clock.now()) / 1000),
                  }),
            ),
        });
        const directory: ActiveDirectory = new ActiveDirectory({
          client,
          clock,
          mode: section['directory-access'],
          base,
          nameAttribute,
          nested: section['nested-groups'],
          takesUniversal: section['universal-groups'] === 'enable',
          keptMs: Math.max(keptMs, leastKept),
        });
        return { name, directory };
      }),
  };
}
