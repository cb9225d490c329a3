import { join, resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import { cacheDirectory, stateDirectory } from '../config/paths.ts';
import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { agentFeed } from '../fsso/collector/feeds/agents.ts';
import { agentTlsFeed } from '../fsso/collector/feeds/agents-tls.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import { radiusFeed } from '../fsso/collector/feeds/radius/radius-feed.ts';
import { syslogFeed } from '../fsso/collector/feeds/syslog/syslog-feed.ts';
import type { RateLimit } from '../fsso/collector/feeds/token-bucket.ts';
import type { EventPostOptions } from '../fsso/collector/feeds/windows/event-posts.ts';
import { namedSecret } from './named-secret.ts';

/** The events of two seconds may come at once: everybody begins work at eight. */
export const rateLimit = (perSecond: number): RateLimit => ({ perSecond, burst: 2 * perSecond });

const list = <Value>(one: Value | Value[]): Value[] => (Array.isArray(one) ? one : [one]);

/**
 * The feeds that are configured, their secrets resolved; files are relative to `directory`.
 * @throws ConfigError for a secret or a file that cannot be had
 */
export async function collectorFeeds(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed[]> {
  const { listen } = section;
  const feeds = [
    agentFeed({
      listen,
      port: section['agent-port'],
      allowed: section.agents ?? null,
      rate: rateLimit(section['agent-rate-limit']),
    }),
  ];
  const overTls = await agentsOverTls(section, directory, env);
  if (overTls) feeds.push(overTls);
  if (section.syslog) feeds.push(syslog(listen, section.syslog));
  if (section['radius-accounting'])
    feeds.push(await radius(section, section['radius-accounting'], directory, env));
  if (section['windows-events']) feeds.push(await windows(section, directory, env));
  if (section.polling) {
    const { pollingOf } = await import('./collector-polling.ts');
    feeds.push(await pollingOf(section, section.polling, directory, env));
  }
  if (section.ntlm) {
    const { verifying } = await import('./collector-ntlm.ts');
    feeds.push(await verifying(section, section.ntlm, directory, env));
  }
  return feeds;
}

async function windows(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed> {
  const options = section['windows-events'] as NonNullable<CollectorConfig['windows-events']>;
  const { windowsFeed } = await import('../fsso/collector/feeds/windows/windows-feed.ts');
  const { eventIdSettings } = await import('../fsso/collector/feeds/windows/event-logon.ts');
  const setting = options['event-ids'];
  return windowsFeed({
    ids: typeof setting === 'number' ? (eventIdSettings[setting] ?? []) : setting,
    domain: options.domain,
    exchange: options['exchange-servers'].map((server) => ({
      domain: server.domain,
      server: list(server.server),
      ignoreNames: server['ignore-name'],
    })),
    folder:
      options.folder === undefined
        ? null
        : {
            path: resolve(directory, options.folder),
            state: join(stateDirectory(env), 'windows-events.json'),
            everyMs: options['folder-interval'] * 1000,
          },
    posts: options.http ? await posts(options.http, section, directory, env) : null,
  });
}

async function posts(
  http: NonNullable<NonNullable<CollectorConfig['windows-events']>['http']>,
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<EventPostOptions> {
  const place = 'collector.windows-events.http';
  const { listenAddress } = await import('../config/metrics.ts');
  const { address: listen = '', port = 0 } = listenAddress(http.listen) ?? {};
  const secret = http.secret
    ? await namedSecret(`${place}.secret`, resolveSecret(http.secret, directory, env))
    : null;
  if (http.ca === undefined) return { listen, port, secret, tls: null };
  const { pemIdentity, readPem } = await import('./collector-tls.ts');
  const identity = await pemIdentity(section, directory, env);
  if (identity === null)
    throw new ConfigError([`${place}.ca: needs collector.certificate and collector.key`]);
  return {
    ...{ listen, port, secret },
    tls: { ...identity, ca: await readPem(resolve(directory, http.ca), `${place}.ca`) },
  };
}

async function agentsOverTls(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed | null> {
  const { listen, 'agent-ssl-port': port, 'agent-ca': ca } = section;
  if (port === undefined || ca === undefined) return null;
  const { pemIdentity, readPem } = await import('./collector-tls.ts');
  const identity = await pemIdentity(section, directory, env);
  if (identity === null) return null;
  return agentTlsFeed({
    ...identity,
    listen,
    port,
    ca: await readPem(resolve(directory, ca), 'collector.agent-ca'),
    allowed: section.agents ?? null,
    rate: rateLimit(section['agent-rate-limit']),
  });
}

function syslog(listen: string, options: NonNullable<CollectorConfig['syslog']>): MakeFeed {
  return syslogFeed({
    listen,
    port: options.port,
    transports: options.mode === 'both' ? ['udp', 'tcp'] : [options.mode],
    rate: rateLimit(options['rate-limit']),
    rules: options.rules.map((rule) => ({
      name: rule.name,
      trigger: rule.trigger,
      logon: rule.logon,
      update: rule.update,
      logoff: rule.logoff,
      usernameField: rule['username-field'],
      clientIpField: rule['client-ip-field'],
      clientIpv6Field: rule['client-ipv6-field'],
      groupField: rule['group-field'],
      groupSeparator: rule['groups-list-separator'],
      domainField: rule['domain-field'],
      workstationField: rule['workstation-field'],
    })),
    sources: options.sources.map((source) => ({
      name: source.name,
      addresses: list(source.ip),
      rules: source.rules,
      userType: source['user-type'],
      domain: source.domain,
    })),
  });
}

async function radius(
  section: CollectorConfig,
  options: NonNullable<CollectorConfig['radius-accounting']>,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed> {
  const clients = options.clients.map(async (client, index) => ({
    name: client.name,
    addresses: list(client.ip),
    secret: await namedSecret(
      `collector.radius-accounting.clients[${index}].secret`,
      resolveSecret(client.secret, directory, env),
    ),
    userType: client['user-type'],
    groupAttribute: client['group-attribute'],
    domain: client.domain,
  }));
  return radiusFeed({
    listen: section.listen,
    sessionFile:
      section['logon-cache'] === 'enable'
        ? join(cacheDirectory(section['cache-directory'], directory, env), 'radius-sessions.jsonl')
        : null,
    port: options.port,
    rate: rateLimit(options['rate-limit']),
    clients: await Promise.all(clients),
  });
}
