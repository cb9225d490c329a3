import type { Clock } from '../../clock.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import type { Secret } from '../../config/values.ts';
import { polledIdSettings } from '../../fsso/collector/feeds/windows/event-logon.ts';
import type { ControllerSubject, Reading } from '../../fsso/doctor/controller-checks.ts';
import type { Names } from '../../fsso/doctor/names.ts';
import type { NtlmCredentials } from '../../fsso/ntlm/client.ts';
import { connectSmb } from '../../fsso/smb/session.ts';
import type { PollMode } from '../../fsso/windows/reading.ts';
import { openSmbLink } from '../../fsso/windows/smb-link.ts';
import { servicePorts } from '../../fsso/wsman/profile.ts';
import type { PollingConfig } from '../collector-polling.ts';
import type { FssoPollingSetup } from '../fsso-polling-setup.ts';
import { namedSecret } from '../named-secret.ts';
import { wmiReach } from '../polling-wmi.ts';
import { windowsAccount } from '../windows-account.ts';
import { tryPort } from './try-port.ts';

/** A domain controller with the account that polls it. */
export interface NamedController extends ControllerSubject {
  /** The ways in which the configuration polls it. */
  readonly polledBy: readonly PollMode[];
  /** Which part of the configuration polls it: `polling`, `exchange`, `fsso-polling 1`. */
  readonly usedBy: readonly string[];
}

/** One entry of the configuration, of which several may be about the same machine. */
interface Polled {
  readonly host: string;
  /** Absent: that of the service. */
  readonly port?: number;
  readonly credentials: NtlmCredentials;
  readonly reading: Reading;
  readonly usedBy: string;
  /** Also the ways that the configuration does not use are examined. */
  readonly triesAll: boolean;
}

const allModes: readonly PollMode[] = ['netapi', 'event-log', 'wmi'];

export interface ControllerSubjects {
  readonly configured: readonly NamedController[];
  /** Any other one, polled as the shared account; null where nothing is polled. */
  other(host: string, names?: Names): NamedController | null;
}

export interface SubjectContext {
  readonly loaded: LoadedConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly names: Names;
  readonly otherNames: Names | null;
  /** Only this way of polling; null: all. */
  readonly only: PollMode | null;
}

/**
 * The domain controllers that `collector.polling` and `fsso-polling` ask, each machine once.
 * @throws ConfigError for a file or a secret that cannot be had
 */
export async function controllerSubjects(
  context: SubjectContext,
  agentless: readonly FssoPollingSetup[],
): Promise<ControllerSubjects> {
  const { loaded, clock, names, otherNames, only } = context;
  const polling = loaded.config.collector?.polling;
  const openWmi = await wmiReach(polling?.wmi ?? noWmi, loaded.directory);
  const shared = polling && (await accountAt(context, 'collector.polling', polling.user, polling.password));
  const isWmiSecure = polling?.wmi.secure === 'https';

  const subjectOf = (all: readonly [Polled, ...Polled[]], how: Names = names): NamedController => {
    const [{ host, credentials }] = all;
    const polledBy = [...new Set(all.map(({ reading }) => reading.mode))];
    const portOf = (isWmi: boolean) =>
      all.find(({ reading, port }) => (reading.mode === 'wmi') === isWmi && port !== undefined)?.port;
    const smb = portOf(false) ?? 445;
    const wmi = portOf(true) ?? (isWmiSecure ? servicePorts.https : servicePorts.http);
    const { user, domain } = credentials;
    return {
      ...{ host, polledBy, isWmiSecure, ports: { smb, wmi } },
      names: how,
      otherNames: how === names ? otherNames : null,
      usedBy: [...new Set(all.map(({ usedBy }) => usedBy))],
      account: domain === '' ? user : `${domain}\\${user}`,
      readings: readingsOf(all).filter(({ mode }) => only === null || mode === only),
      tryPort: (service, address, port) => tryPort[service](host, address, port, clock),
      logIn: (address, signal) => connectSmb({ host, address, credentials, clock, signal, port: smb }),
      open: ({ mode, log }, address, signal) =>
        mode === 'wmi'
          ? openWmi({ host, address: [address], port: wmi, credentials, log, clock, signal })
          : openSmbLink({ host, address, credentials, mode, log, clock, signal, port: smb }),
    };
  };
  const defaults: readonly Reading[] = allModes.map((mode) => ({
    ...{ mode, log: 'Security', ids: idsOf(polling?.['event-ids'] ?? 0) },
  }));
  const readingsOf = (all: readonly Polled[]): Reading[] => {
    const own = all.map(({ reading }) => reading);
    const isKnown = ({ mode }: Reading) => own.some((each) => each.mode === mode);
    const more = all.some(({ triesAll }) => triesAll) ? defaults.filter((each) => !isKnown(each)) : [];
    const order = (reading: Reading) => allModes.indexOf(reading.mode);
    return merged([...own, ...more]).sort((one, other) => order(one) - order(other));
  };

  const configured = polling && shared ? await polledMachines(context, polling, shared) : [];
  const all = [...configured, ...agentless.map(ofFssoPolling)];
  const isMeant = ({ reading }: Polled) => only === null || reading.mode === only || polling !== undefined;
  return {
    configured: machinesOf(all.filter(isMeant)).map((same) => subjectOf(same)),
    other: (host, how) =>
      polling && shared
        ? subjectOf(
            [
              {
                ...{ host, credentials: shared, usedBy: 'polling', triesAll: true },
                reading: {
                  ...{ mode: polling.mode, log: 'Security', ids: idsOf(polling['event-ids']) },
                },
              },
            ],
            how,
          )
        : null,
  };
}

const noWmi: PollingConfig['wmi'] = {
  ...{ secure: 'http', authentication: 'negotiate' },
  ...{ 'server-identity-check': 'enable', subscription: 'disable' },
};

function idsOf(setting: PollingConfig['event-ids']): readonly number[] {
  return typeof setting === 'number' ? (polledIdSettings[setting] ?? []) : setting;
}

async function accountAt(
  { loaded, env }: SubjectContext,
  place: string,
  user: string,
  password: Secret,
): Promise<NtlmCredentials> {
  const secret = resolveSecret(password, loaded.directory, env);
  return windowsAccount(user, await namedSecret(`${place}.password`, secret));
}

async function polledMachines(
  context: SubjectContext,
  polling: PollingConfig,
  shared: NtlmCredentials,
): Promise<Polled[]> {
  const own = (
    place: string,
    { user, password }: { user?: string | undefined; password?: Secret | undefined },
  ) => (user === undefined || password === undefined ? shared : accountAt(context, place, user, password));
  const controllers = polling.controllers.map(async (each, index): Promise<Polled> => {
    const mode = each.mode ?? polling.mode;
    const ids = idsOf(each['event-ids'] ?? polling['event-ids']);
    return {
      host: each.server,
      ...(each.port !== undefined && { port: each.port }),
      credentials: await own(`collector.polling.controllers[${index}]`, each),
      reading: { mode, log: mode === 'netapi' ? 'Security' : (each.log ?? 'Security'), ids },
      ...{ usedBy: 'polling', triesAll: true },
    };
  });
  const exchange = polling['exchange-servers'].map(async (each, index): Promise<Polled> => {
    const [first] = [each.server].flat();
    const forwarded = each['forwarded-to'];
    return {
      host: forwarded ?? first ?? '',
      credentials: await own(`collector.polling.exchange-servers[${index}]`, each),
      reading: {
        mode: 'event-log',
        log: each.log ?? (forwarded === undefined ? 'Security' : 'ForwardedEvents'),
        ids: idsOf(polling['event-ids']),
      },
      ...{ usedBy: 'exchange', triesAll: false },
    };
  });
  return Promise.all([...controllers, ...exchange]);
}

function ofFssoPolling({ config, name, credentials, target }: FssoPollingSetup): Polled {
  return {
    host: config.server,
    ...(config.port !== 0 && { port: config.port }),
    credentials,
    reading: { mode: 'event-log', log: target.log, ids: target.ids },
    ...{ usedBy: name, triesAll: false },
  };
}

/** Entries about the same machine with the same account and no two ports for the same service. */
function machinesOf(all: readonly Polled[]): [Polled, ...Polled[]][] {
  const machines: [Polled, ...Polled[]][] = [];
  for (const each of all) {
    const known = machines.find((same) => same.every((other) => isSameMachine(other, each)));
    if (known) known.push(each);
    else machines.push([each]);
  }
  return machines;
}

function isSameMachine(one: Polled, other: Polled): boolean {
  const identity = ({ host, credentials: { user, domain, password } }: Polled) =>
    JSON.stringify([host.toLowerCase(), user.toLowerCase(), domain.toLowerCase(), password]);
  const isSameService = (one.reading.mode === 'wmi') === (other.reading.mode === 'wmi');
  return identity(one) === identity(other) && (!isSameService || one.port === other.port);
}

/** One reading of each log in each way, with the events of all who read it. */
function merged(readings: readonly Reading[]): Reading[] {
  const byLog = Map.groupBy(readings, ({ mode, log }) => `${mode} ${log.toLowerCase()}`);
  return [...byLog.values()].map((same) => ({
    ...(same[0] as Reading),
    ids: [...new Set(same.flatMap(({ ids }) => ids))],
  }));
}
