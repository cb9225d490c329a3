import type { CollectorConfig } from '../config/schema.ts';
import type { CollectorOptions } from '../fsso/collector/collector.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import type { TlsListener } from '../fsso/collector/serve.ts';
import { workstationCheck } from './collector-checks.ts';

/** What a collector does with the configuration's section, its secrets resolved. */
export function collectorOptions(
  section: CollectorConfig,
  password: string | null,
  tls: TlsListener | null,
  feeds: readonly MakeFeed[],
  env: NodeJS.ProcessEnv,
): Omit<CollectorOptions, 'clock' | 'log'> {
  return {
    listen: section.listen,
    port: section.port,
    tls,
    feeds,
    password,
    fortigates: section.fortigates ?? null,
    dns: section.dns,
    domains: [...new Set([...section['monitored-domains'], ...(section.polling?.domains ?? [])])],
    dnsSuffixes: section['alternative-workstation-suffixes'],
    workerThreads: section['worker-threads'],
    addressCheckMs: section['ip-address-change-verify-interval'] * 1000,
    workstationCheck: workstationCheck(section, env),
    groups: section.groups.static,
    filters: section.filters,
    ignore: {
      users: section['ignore-user-list'],
      machineAccounts: section['ignore-machine-accounts'] === 'enable',
      dcAgentAddresses: section['dc-agent-ignore-ip-list'],
    },
    duplicateWindowMs: section['duplicate-window'] * 1000,
    deadEntryTimeoutMs: section['dead-entry-timeout'] * 60_000,
  };
}
