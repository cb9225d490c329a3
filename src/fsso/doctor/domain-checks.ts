import { promises } from 'node:dns';
import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { lookupSrv } from '../collector/controllers/srv-lookup.ts';
import { lookupTimeout } from '../collector/limits.ts';
import { type Check, good, type Need } from './check.ts';

const all: readonly Need[] = ['netapi', 'event-log', 'wmi', 'groups'];

/** What DNS says of the domain controllers of a domain, and their names. */
export interface DomainOutcome {
  readonly checks: readonly Check[];
  readonly controllers: readonly string[];
}

function problem(message: string, cause: string, ...fix: readonly string[]): Problem {
  return {
    stage: 'dns',
    code: null,
    message: safeText(message),
    cause: safeText(cause),
    fix: fix.map(safeText),
  };
}

/** The records by which Windows, and a collector, find the domain controllers of a domain. */
export async function domainChecks(
  domain: string,
  servers: readonly string[],
  clock: Clock,
): Promise<DomainOutcome> {
  const name = `_ldap._tcp.dc._msdcs.${domain}`;
  const check = `DNS SRV ${name}`;
  try {
    const { records, addresses } = await lookupSrv(name, servers, clock);
    const controllers = [...new Set(records.map(({ target }) => target.replace(/\.$/, '')))];
    if (controllers.length === 0)
      return {
        controllers,
        checks: [
          missing(
            check,
            problem(
              `DNS knows no domain controller of ${domain}`,
              'The name of the domain is misspelt, or the DNS servers are not those of the domain.',
              'name the DNS servers of the domain under collector: dns:',
              `compare with: nslookup -type=srv ${name}`,
            ),
          ),
        ],
      };
    const found = good(check, safeText(`${controllers.length}: ${controllers.join(', ')}`), all);
    const known = new Set([...addresses.keys()].map((each) => each.toLowerCase()));
    const without = await withoutAddress(
      controllers.filter((each) => !known.has(each.toLowerCase())),
      servers,
    );
    const resolved = `DNS A of ${controllers.length} domain controllers`;
    return {
      controllers,
      checks: [
        found,
        without.length === 0
          ? good(resolved, 'each has an address', all)
          : missing(
              resolved,
              problem(
                `DNS has no address of ${without.join(', ')}`,
                'The domain controller has not registered itself, or was removed and its SRV record was left.',
                'run on it: ipconfig /registerdns, or remove its record',
              ),
            ),
      ],
    };
  } catch (error) {
    const why = (error as Error).message;
    return {
      controllers: [],
      checks: [
        missing(
          check,
          problem(
            why,
            'The DNS servers cannot be asked.',
            'check collector: dns:, and that UDP and TCP 53 are open',
          ),
        ),
      ],
    };
  }
}

function missing(check: string, why: Problem): Check {
  return { check, verdict: 'failed', detail: why.message, neededBy: all, problem: why };
}

async function withoutAddress(names: readonly string[], servers: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const resolver = new promises.Resolver({ timeout: lookupTimeout, tries: 1 });
  resolver.setServers(servers);
  const found = await Promise.all(
    names.map((name) =>
      resolver.resolve4(name).then(
        () => null,
        () => name,
      ),
    ),
  );
  return found.filter((name) => name !== null);
}
