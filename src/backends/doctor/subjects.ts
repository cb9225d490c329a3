import { getServers } from 'node:dns';
import type { Clock } from '../../clock.ts';
import { ConfigError } from '../../config/error.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { ChannelSubject } from '../../fsso/doctor/channel-checks.ts';
import type { DirectorySubject } from '../../fsso/doctor/directory-checks.ts';
import type { GateSubject } from '../../fsso/doctor/gate-checks.ts';
import { type Names, namesOf, systemNames } from '../../fsso/doctor/names.ts';
import type { WorkstationSubject } from '../../fsso/doctor/workstation-checks.ts';
import type { PollMode } from '../../fsso/windows/reading.ts';
import { prepareDirectories } from '../directory-setup.ts';
import { prepareFssoPolling } from '../fsso-polling-setup.ts';
import { controllerSubjects, type NamedController } from './controller-subjects.ts';
import { channelSubjects, gateSubjects } from './ntlm-subjects.ts';
import { tryPort } from './try-port.ts';
import { workstationSubject } from './workstation-subject.ts';

/** What the doctor examines. */
export interface DoctorSubjects {
  /** DNS names, and the servers that are asked. */
  readonly domains: readonly string[];
  readonly dns: readonly string[];
  readonly directories: readonly { readonly name: string; readonly servers: readonly DirectorySubject[] }[];
  readonly controllers: readonly NamedController[];
  readonly channels: readonly ChannelSubject[];
  readonly gates: readonly GateSubject[];
  readonly workstation: WorkstationSubject | null;
  /** A domain controller that DNS names, polled as the shared account; null where its domain is not polled. */
  controllerNamed(host: string, domain: string): NamedController | null;
}

/** What of the configuration is meant; null: everything. */
export interface DoctorChoice {
  /** Only this domain controller, which need not be configured. */
  readonly host?: string | null;
  readonly mode?: PollMode | null;
  /** A workstation as a sample of those that are asked who is logged on. */
  readonly workstation?: string | null;
}

/**
 * Everything that the configuration asks of Active Directory, secrets resolved.
 * @throws ConfigError where nothing is configured that could be examined, or a file or a secret cannot be had
 */
export async function doctorSubjects(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  { host = null, mode = null, workstation = null }: DoctorChoice = {},
): Promise<DoctorSubjects> {
  const { config } = loaded;
  const { collector } = config;
  const polling = collector?.polling;
  const agentless = await prepareFssoPolling(loaded, env);
  mustBeSomething(loaded, agentless.length > 0 || workstation !== null);
  if (host !== null && !polling)
    throw new ConfigError([
      `${loaded.path}: collector.polling: missing, expected the account that ${host} is asked with`,
    ]);
  const dns = collector && collector.dns.length > 0 ? collector.dns : getServers();
  const otherNames = collector && collector.dns.length > 0 ? namesOf(collector.dns) : null;
  const context = { loaded, env, clock, names: systemNames, otherNames, only: mode };
  const { configured, other } = await controllerSubjects(context, agentless);
  const isWhole = host === null;
  const isMeant = (each: NamedController) => isWhole || each.host.toLowerCase() === host.toLowerCase();
  const chosen = configured.filter(isMeant);
  const extra = host !== null && chosen.length === 0 ? other(host) : null;
  const found: Names = namesOf(dns);
  const machines = collector?.ntlm?.domains.map(({ machine }) => machine) ?? [];
  const directories = [
    ...(collector?.ldap ?? []),
    ...agentless.flatMap((each) => each.config['ldap-server'] ?? []),
  ];
  const setups = isWhole ? await prepareDirectories(loaded, env, directories) : [];
  return {
    domains: isWhole ? domainsOf(loaded) : [],
    dns,
    directories: setups.map(({ name, servers, trust, login, base }) => ({
      name,
      servers: servers.map((server) => ({
        ...{ server, trust, login, base, machines, names: systemNames, otherNames },
        tryPort: (address: string) => tryPort.ldap(server.host, address, server.port, clock),
      })),
    })),
    controllers: extra ? [extra] : chosen,
    channels: isWhole ? await channelSubjects(context) : [],
    gates: isWhole ? gateSubjects(loaded) : [],
    workstation: workstation === null ? null : await workstationSubject(context, workstation, found),
    controllerNamed: (each, domain) => (polling?.domains.includes(domain) ? other(each, found) : null),
  };
}

function mustBeSomething({ path, config: { collector } }: LoadedConfig, isMore: boolean): void {
  const isPolled = collector?.polling !== undefined || collector?.ntlm !== undefined;
  const isLooked = (collector?.ldap.length ?? 0) > 0 || (collector?.['monitored-domains'].length ?? 0) > 0;
  if (isMore || isPolled || isLooked) return;
  throw new ConfigError([
    `${path}: collector: nothing to examine, expected polling, ldap, ntlm or monitored-domains, or fsso-polling (docs/cli.md, Configuration)`,
  ]);
}

function domainsOf({ config: { collector } }: LoadedConfig): string[] {
  if (!collector) return [];
  const ofNtlm = collector.ntlm?.domains.flatMap((each) => each['dns-name'] ?? []) ?? [];
  return [...new Set([...collector['monitored-domains'], ...(collector.polling?.domains ?? []), ...ofNtlm])];
}
