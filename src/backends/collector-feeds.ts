import { resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { agentFeed } from '../fsso/collector/feeds/agents.ts';
import { agentTlsFeed } from '../fsso/collector/feeds/agents-tls.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import { radiusFeed } from '../fsso/collector/feeds/radius/radius-feed.ts';
import { syslogFeed } from '../fsso/collector/feeds/syslog/syslog-feed.ts';
import type { RateLimit } from '../fsso/collector/feeds/token-bucket.ts';

/** The events of two seconds may come at once: everybody begins work at eight. */
const rateLimit = (perSecond: number): RateLimit => ({ perSecond, burst: 2 * perSecond });

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
    feeds.push(await radius(listen, section['radius-accounting'], directory, env));
  return feeds;
}

async function agentsOverTls(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed | null> {
  const { listen, 'agent-ssl-port': port, 'agent-ca': ca } = section;
  if (port === undefined || ca === undefined) return null;
  const { collectorIdentity, readPem } = await import('./collector-tls.ts');
  const identity = await collectorIdentity(section, directory, env);
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
  listen: string,
  options: NonNullable<CollectorConfig['radius-accounting']>,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed> {
  const clients = options.clients.map(async (client, index) => ({
    name: client.name,
    addresses: list(client.ip),
    secret: await resolveSecret(client.secret, directory, env).catch((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      const place = `collector.radius-accounting.clients[${index}].secret`;
      throw new ConfigError(error.lines.map((line) => `${place}: ${line}`));
    }),
    userType: client['user-type'],
    groupAttribute: client['group-attribute'],
    domain: client.domain,
  }));
  return radiusFeed({
    listen,
    port: options.port,
    rate: rateLimit(options['rate-limit']),
    clients: await Promise.all(clients),
  });
}
