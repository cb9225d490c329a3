import { getServers } from 'node:dns';
import type { Clock } from '../../clock.ts';
import { ConfigError } from '../../config/error.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import type { Secret } from '../../config/values.ts';
import { polledIdSettings } from '../../fsso/collector/feeds/windows/event-logon.ts';
import type { ControllerSubject } from '../../fsso/doctor/controller-checks.ts';
import type { DirectorySubject } from '../../fsso/doctor/directory-checks.ts';
import type { NtlmCredentials } from '../../fsso/ntlm/client.ts';
import { connectSmb } from '../../fsso/smb/session.ts';
import type { PollMode } from '../../fsso/windows/reading.ts';
import { openSmbLink } from '../../fsso/windows/smb-link.ts';
import { servicePorts } from '../../fsso/wsman/profile.ts';
import type { PollingConfig } from '../collector-polling.ts';
import { prepareDirectories } from '../directory-setup.ts';
import { namedSecret } from '../named-secret.ts';
import { wmiReach } from '../polling-wmi.ts';
import { windowsAccount } from '../windows-account.ts';

type ControllerConfig = PollingConfig['controllers'][number];

/** A domain controller with the account that polls it, and the way in which it is polled. */
export interface NamedController extends ControllerSubject {
  readonly account: string;
  /** The way of the configuration. */
  readonly mode: PollMode;
}

/** What the doctor examines. */
export interface DoctorSubjects {
  /** DNS names, and the servers that are asked. */
  readonly domains: readonly string[];
  readonly dns: readonly string[];
  readonly directories: readonly { readonly name: string; readonly servers: readonly DirectorySubject[] }[];
  readonly controllers: readonly NamedController[];
  /** A domain controller that DNS names, polled as the shared account; null where its domain is not polled. */
  controllerNamed(host: string, domain: string): NamedController | null;
}

const allModes: readonly PollMode[] = ['netapi', 'event-log', 'wmi'];

/**
 * The domains, directories and domain controllers of a configuration, secrets resolved. `host` leaves only this domain controller, which need
 * not be configured; `mode` only this way.
 * @throws ConfigError where nothing is configured that could be examined, or a secret cannot be had
 */
export async function doctorSubjects(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  { host = null, mode = null }: { readonly host?: string | null; readonly mode?: PollMode | null } = {},
): Promise<DoctorSubjects> {
  const { config, directory } = loaded;
  const { collector } = config;
  const polling = collector?.polling;
  if (!collector || (!polling && collector.ldap.length === 0 && collector['monitored-domains'].length === 0))
    throw new ConfigError([
      `${loaded.path}: collector: nothing to examine, expected polling, ldap or monitored-domains (docs/cli.md, Configuration)`,
    ]);
  if (host !== null && !polling)
    throw new ConfigError([
      `${loaded.path}: collector.polling: missing, expected the account that ${host} is asked with`,
    ]);
  const named = polling ? await controllersOf(polling, directory, env, clock, mode) : null;
  const setups = host === null ? await prepareDirectories(loaded, env, collector.ldap) : [];
  const configured = named?.configured ?? [];
  const isMeant = (each: NamedController) => each.host.toLowerCase() === host?.toLowerCase();
  const chosen = host === null ? configured : configured.filter(isMeant);
  const extra = host !== null && chosen.length === 0 ? named?.other(host) : null;
  return {
    domains:
      host === null ? [...new Set([...collector['monitored-domains'], ...(polling?.domains ?? [])])] : [],
    dns: collector.dns.length > 0 ? collector.dns : getServers(),
    directories: setups.map(({ name, servers, trust, login, base }) => ({
      name,
      servers: servers.map((server) => ({ server, trust, login, base })),
    })),
    controllers: extra ? [extra] : chosen,
    controllerNamed: (each, domain) =>
      polling?.domains.includes(domain) ? (named?.other(each) ?? null) : null,
  };
}

async function controllersOf(
  polling: PollingConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  onlyMode: PollMode | null,
) {
  const accountAt = async (place: string, user: string, password: Secret): Promise<NtlmCredentials> =>
    windowsAccount(user, await namedSecret(`${place}.password`, resolveSecret(password, directory, env)));
  const shared = await accountAt('collector.polling', polling.user, polling.password);
  const openWmi = await wmiReach(polling.wmi, directory);
  const subject = (own: ControllerConfig, credentials: NtlmCredentials): NamedController => {
    const { server: host } = own;
    const mode = own.mode ?? polling.mode;
    const smbPort = mode === 'wmi' ? undefined : own.port;
    const wmiPort = mode === 'wmi' ? (own.port ?? null) : null;
    const log = own.log ?? 'Security';
    const ids = own['event-ids'] ?? polling['event-ids'];
    const { user, domain } = credentials;
    return {
      host,
      mode,
      account: domain === '' ? user : `${domain}\\${user}`,
      ports: {
        smb: `${smbPort ?? 445}/tcp`,
        wmi: `${wmiPort ?? (polling.wmi.secure === 'https' ? servicePorts.https : servicePorts.http)}/tcp`,
      },
      log,
      ids: typeof ids === 'number' ? (polledIdSettings[ids] ?? []) : ids,
      modes: onlyMode === null ? allModes : [onlyMode],
      logIn: (signal) =>
        connectSmb({ host, credentials, clock, signal, ...(smbPort !== undefined && { port: smbPort }) }),
      open: (way, signal) =>
        way === 'wmi'
          ? openWmi({ host, port: wmiPort, credentials, log, clock, signal })
          : openSmbLink({
              ...{ host, credentials, mode: way, log, clock, signal },
              ...(smbPort !== undefined && { port: smbPort }),
            }),
    };
  };
  const configured = await Promise.all(
    polling.controllers.map(async (own, index) => {
      const { user, password } = own;
      const place = `collector.polling.controllers[${index}]`;
      return subject(
        own,
        user === undefined || password === undefined ? shared : await accountAt(place, user, password),
      );
    }),
  );
  return { configured, other: (server: string) => subject({ server }, shared) };
}
