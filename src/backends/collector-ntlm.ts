import { resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import type { GateLinkServerOptions } from '../fsso/collector/ntlm/gate-link/server.ts';
import { ntlmFeed } from '../fsso/collector/ntlm/ntlm-feed.ts';
import { pemIdentity, readPem } from './collector-tls.ts';
import { namedSecret } from './named-secret.ts';

/**
 * Gates, and the domains that they verify clients in, their secrets resolved; files are relative to `directory`.
 * @throws ConfigError for a secret that cannot be had
 */
export async function verifying(
  section: CollectorConfig,
  options: NonNullable<CollectorConfig['ntlm']>,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<MakeFeed> {
  const domains = options.domains.map(async (domain, index) => ({
    account: {
      account: domain.machine,
      domain: domain.name.toUpperCase(),
      password: await namedSecret(
        `collector.ntlm.domains[${index}].password`,
        resolveSecret(domain.password, directory, env),
      ),
    },
    dnsName: domain['dns-name'] ?? '',
    controllers: domain.controllers.map(hostAndPort),
  }));
  return ntlmFeed({
    domains: await Promise.all(domains),
    gates: await Promise.all(
      options.gates.map(async (gate, index) => ({
        ...{ mode: gate.mode, listen: gate.listen, port: gate.port, groups: gate.groups },
        identity: await pemIdentity(gate, directory, env, `collector.ntlm.gates[${index}]`),
        enabledBrowsers: options['ntlm-enabled-browsers'],
        guests: options['ntlm-guest'] === 'enable',
        answerWithinMs: options['answer-within'] * 1000,
      })),
    ),
    gateLink: await gateLink(section, options, directory, env),
    admittedMs: options.authtimeout * 60_000,
    timeoutMs: options.timeout * 1000,
    connectTimeoutMs: connectWithinMs,
    parallel: options.connections,
    mostWaiting: options['waiting-limit'],
    // Directories know what form FortiGates expect of names.
    bringsGroups: section.ldap.length === 0,
  });
}

async function gateLink(
  section: CollectorConfig,
  { 'gate-link': link, 'answer-within': answerWithin }: NonNullable<CollectorConfig['ntlm']>,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<GateLinkServerOptions | null> {
  if (!link) return null;
  const identity = await pemIdentity(section, directory, env);
  if (identity === null)
    throw new ConfigError(['collector.ntlm.gate-link: needs collector.certificate and collector.key']);
  return {
    ...identity,
    ...{ listen: link.listen, port: link.port, allowed: link.allowed ?? null },
    ca: await readPem(resolve(directory, link.ca), 'collector.ntlm.gate-link.ca'),
    answerWithinMs: answerWithin * 1000,
  };
}

/** Of a domain controller; the next one is tried then. */
const connectWithinMs = 3000;

/** A host, and its port where one is written. */
export function hostAndPort(text: string): { host: string; port: number | null } {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? null : Number(port) };
}
