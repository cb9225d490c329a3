import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { lookupSrv } from '../collector/controllers/srv-lookup.ts';
import type { SrvAnswer } from '../collector/controllers/srv-message.ts';
import { type Add, good, type Need, refused, unknown, type WindowsCommand } from './check.ts';
import { anyController, on } from './commands.ts';
import { namesOf } from './names.ts';

/** What the records of a domain are needed for. */
export const domainNeeds: readonly Need[] = ['netapi', 'event-log', 'wmi', 'groups'];

function problem(message: string, cause: string, ...fix: readonly string[]): Problem {
  return {
    stage: 'dns',
    code: null,
    message: safeText(message),
    cause: safeText(cause),
    fix: fix.map(safeText),
  };
}

/** A domain controller that DNS names, and where it says that it is. */
export interface FoundController {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The records by which Windows, and a collector, find the domain controllers of a domain. Resolves with those that were found. */
export async function domainChecks(
  domain: string,
  servers: readonly string[],
  clock: Clock,
  add: Add,
): Promise<readonly FoundController[]> {
  const name = `_ldap._tcp.dc._msdcs.${domain}`;
  const answers = await Promise.all(servers.map((server) => answerOf(server, name, clock)));
  for (const { server, answer, ms, error } of answers)
    if (answer === null)
      add(
        refused(
          `DNS server ${server}`,
          problem(
            error,
            'It is off, it is no DNS server, or a firewall is in between.',
            'check collector: dns:, and that UDP and TCP 53 are open',
          ),
          [],
        ),
      );
    else add(good(`DNS server ${server}`, `answers in ${ms} ms`, []));
  const check = `DNS SRV ${name}`;
  const [best] = answers.flatMap(({ answer }) => (answer === null ? [] : [answer]));
  if (best === undefined) {
    const none = servers.length === 0 ? 'no DNS server is configured' : 'no DNS server answers';
    add(
      refused(
        check,
        problem(none, 'Nobody can be asked.', 'name the DNS servers of the domain under collector: dns:'),
        domainNeeds,
      ),
    );
    return [];
  }
  const controllers = [...new Set(best.records.map(({ target }) => target.replace(/\.$/, '')))];
  const register = on('each domain controller', ['nltest /dsregdns', 'ipconfig /registerdns']);
  if (controllers.length === 0) {
    const text = `DNS knows no domain controller of ${domain}`;
    const cause = 'The name of the domain is misspelt, or the DNS servers are not those of the domain.';
    const look = on(anyController, [`Resolve-DnsName -Type SRV -Name ${safeText(name)}`]);
    const fix = 'name the DNS servers of the domain under collector: dns:';
    add(refused(check, problem(text, cause, fix), domainNeeds, [...look, ...register]));
    return [];
  }
  add(good(check, safeText(`${controllers.length}: ${controllers.join(', ')}`), domainNeeds));
  const found = await addressChecks(controllers, servers, register, add);
  add(
    unknown(
      'DNS dynamic update',
      `whether workstations may register themselves in ${safeText(domain)} could not be read`,
      [],
      null,
      on('the DNS server', [
        `Get-DnsServerZone -Name ${safeText(domain)} | Select-Object DynamicUpdate`,
        `Set-DnsServerPrimaryZone -Name ${safeText(domain)} -DynamicUpdate Secure`,
      ]),
    ),
  );
  return found;
}

interface ServerAnswer {
  readonly server: string;
  readonly answer: SrvAnswer | null;
  readonly ms: number;
  readonly error: string;
}

async function answerOf(server: string, name: string, clock: Clock): Promise<ServerAnswer> {
  const asked = clock.now();
  try {
    const answer = await lookupSrv(name, [server], clock);
    return { server, answer, ms: Math.round(clock.now() - asked), error: '' };
  } catch (error) {
    return { server, answer: null, ms: 0, error: (error as Error).message };
  }
}

async function addressChecks(
  controllers: readonly string[],
  servers: readonly string[],
  register: readonly WindowsCommand[],
  add: Add,
): Promise<readonly FoundController[]> {
  const names = namesOf(servers);
  const found = await Promise.all(
    controllers.map(async (name) => ({
      name,
      addresses: await names.addresses(name).catch((): string[] => []),
    })),
  );
  const without = found.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name);
  const forward = `DNS A of ${controllers.length} domain controllers`;
  if (without.length === 0) {
    const addresses = found.map((each) => `${each.name} ${each.addresses.join(' ')}`).join(', ');
    add(good(forward, safeText(addresses), domainNeeds));
  } else {
    const why = problem(
      `DNS has no address of ${without.join(', ')}`,
      'The domain controller has not registered itself, or was removed and its SRV record was left.',
      'let it register itself, or remove its record',
    );
    add(refused(forward, why, domainNeeds, register));
  }
  const pairs = found.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
  const back = await Promise.all(
    pairs.map(async ({ name, address }) => {
      const told = await names.reverse(address).catch((): string[] => []);
      return told.some((each) => each.toLowerCase() === name.toLowerCase()) ? null : address;
    }),
  );
  const nameless = back.filter((address) => address !== null);
  const reverse = 'DNS PTR of domain controllers';
  if (nameless.length === 0) add(good(reverse, 'each address has its name', []));
  else
    add(
      refused(
        reverse,
        problem(
          `DNS does not lead back from ${nameless.join(', ')} to its domain controller`,
          'There is no reverse zone, or the domain controller did not register there.',
          'nothing here needs it; a reverse zone makes logs easier to read',
        ),
        [],
        register,
      ),
    );
  return found;
}
