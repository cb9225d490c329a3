import { join } from 'node:path';
import { securityLog } from '../config/collector/polling.ts';
import { cacheDirectory } from '../config/paths.ts';
import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { Secret } from '../config/values.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import type { LoginTurn } from '../fsso/collector/feeds/polling/controller-connection.ts';
import type { PollTarget } from '../fsso/collector/feeds/polling/polling-feed.ts';
import type { PollPace } from '../fsso/collector/feeds/polling/schedule.ts';
import type { NtlmCredentials } from '../fsso/ntlm/client.ts';
import { namedSecret } from './named-secret.ts';
import { wmiReach } from './polling-wmi.ts';
import { windowsAccount } from './windows-account.ts';

export type PollingConfig = NonNullable<CollectorConfig['polling']>;
type ControllerConfig = PollingConfig['controllers'][number];

const dayNumbers = { sun: 0, mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6 } as const;

/** How often everybody is polled, as it is configured. */
export function pollPace(polling: PollingConfig): PollPace {
  return {
    seconds: polling.period ?? null,
    periods: polling.periods.map(({ days, from, to, seconds }) => ({
      days: days === undefined ? null : new Set(days.map((day) => dayNumbers[day])),
      from: minutes(from),
      to: minutes(to),
      seconds,
    })),
  };
}

function minutes(time: string): number {
  const [hours, rest] = time.split(':');
  return Number(hours) * 60 + Number(rest);
}

/**
 * The feed that polls domain controllers, its secrets resolved; files are relative to `directory`.
 * @throws ConfigError for a secret that cannot be had
 */
export async function pollingOf(
  section: CollectorConfig,
  polling: PollingConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed> {
  const [{ pollingFeed }, { openSmbLink }, { polledIdSettings }] = await Promise.all([
    import('../fsso/collector/feeds/polling/polling-feed.ts'),
    import('../fsso/windows/smb-link.ts'),
    import('../fsso/collector/feeds/windows/event-logon.ts'),
  ]);
  const accountAt = async (place: string, user: string, password: Secret): Promise<NtlmCredentials> =>
    windowsAccount(user, await namedSecret(`${place}.password`, resolveSecret(password, directory, env)));
  const shared = await accountAt('collector.polling', polling.user, polling.password);
  const ids = (setting: PollingConfig['event-ids']) =>
    typeof setting === 'number' ? (polledIdSettings[setting] ?? []) : setting;

  const openWmi = await wmiReach(polling.wmi, directory);
  const target = (
    own: ControllerConfig,
    credentials: NtlmCredentials,
    addressesOf: () => readonly string[] = () => [],
  ): PollTarget => {
    const { server: host, port } = own;
    const mode = own.mode ?? polling.mode;
    const log = own.log ?? securityLog;
    const account = credentials.domain ? `${credentials.domain}\\${credentials.user}` : credentials.user;
    return {
      ...{ mode, log, account },
      name: host,
      domain: own.domain ?? polling.domain,
      ids: ids(own['event-ids'] ?? polling['event-ids']),
      seconds: own.period ?? null,
      open: (signal, clock, turn) => {
        const address = addressesOf();
        const link = { host, credentials, log, clock, signal };
        if (mode === 'wmi') return inTurn(turn, () => openWmi({ ...link, address, port: port ?? null }));
        return openSmbLink({
          ...{ ...link, mode, loginTurn: turn },
          ...(port !== undefined && { port }),
          ...(address.length > 0 && { address }),
        });
      },
    };
  };
  const ownAccount = (place: string, { user, password }: Pick<ControllerConfig, 'user' | 'password'>) =>
    user === undefined || password === undefined ? shared : accountAt(place, user, password);

  const exchange = polling['exchange-servers'].map((each) => ({ ...each, server: list(each.server) }));
  const targets = [
    ...polling.controllers.map(async (own, index) =>
      target(own, await ownAccount(`collector.polling.controllers[${index}]`, own)),
    ),
    ...exchange.map(async (own, index) => {
      const forwarded = own['forwarded-to'];
      return target(
        {
          server: forwarded ?? own.server[0] ?? '',
          mode: 'event-log',
          domain: own.domain,
          log: own.log ?? (forwarded === undefined ? securityLog : 'ForwardedEvents'),
        },
        await ownAccount(`collector.polling.exchange-servers[${index}]`, own),
      );
    }),
  ];
  return pollingFeed({
    pace: pollPace(polling),
    targets: await Promise.all(targets),
    domains: polling.domains.map((domain) => ({
      domain,
      target: (server: string, addressesOf: () => readonly string[]) =>
        target({ server }, shared, addressesOf),
    })),
    exchange: exchange.map(({ domain, server, 'ignore-name': ignoreNames }) => ({
      ...{ domain, server, ignoreNames },
    })),
    // Who forgets the logons with a restart is better off with the history again.
    bookmarks:
      section['logon-cache'] === 'enable'
        ? join(cacheDirectory(section['cache-directory'], directory, env), 'polling.json')
        : null,
    historyMs: polling.history * 60_000,
    atOnce: polling['at-once'],
  });
}

/** Connects where connecting and logging in cannot be told apart. */
async function inTurn<Link>(turn: LoginTurn, open: () => Promise<Link>): Promise<Link> {
  const decided = await turn();
  try {
    const link = await open();
    decided(null);
    return link;
  } catch (error) {
    decided(error);
    throw error;
  }
}

const list = <Value>(one: Value | Value[]): Value[] => (Array.isArray(one) ? one : [one]);
