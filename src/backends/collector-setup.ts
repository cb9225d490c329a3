import type { CollectorConfig } from '../config/schema.ts';
import type { WorkstationCheckOptions } from '../fsso/collector/checks/workstation-check.ts';
import type { CollectorOptions } from '../fsso/collector/collector-options.ts';
import type { MakeFeed } from '../fsso/collector/feeds/feed.ts';
import type { TlsListener } from '../fsso/collector/serve.ts';
import type { CollectorChanges, CollectorSettings } from '../fsso/collector/settings.ts';
import { rateLimit } from './collector-feeds.ts';

/** What of the configuration's section a running collector can be told anew; its password resolved. */
export function collectorSettings(
  section: CollectorConfig,
  password: string | null,
  checks: WorkstationCheckOptions | null,
): Required<CollectorSettings> & Required<Pick<CollectorChanges, 'agents'>> {
  return {
    password,
    fortigates: section.fortigates ?? null,
    filters: section.filters,
    mostFortigates: section['max-fortigate-connections'],
    isMonitoring: section['monitor-user-logon-events'] === 'enable',
    agents: { allowed: section.agents ?? null, rate: rateLimit(section['agent-rate-limit']) },
    ignore: {
      users: section['ignore-user-list'],
      machineAccounts: section['ignore-machine-accounts'] === 'enable',
      dcAgentAddresses: section['dc-agent-ignore-ip-list'],
    },
    duplicateWindowMs: section['duplicate-window'] * 1000,
    deadEntryTimeoutMs: section['dead-entry-timeout'] * 60_000,
    addressCheckMs: section['ip-address-change-verify-interval'] * 1000,
    workstationCheck: checks,
  };
}

/** Which of these a key of the section says. Keys that are not here need a restart. */
export const settingOfKey: Readonly<Partial<Record<keyof CollectorConfig, keyof CollectorChanges>>> = {
  password: 'password',
  fortigates: 'fortigates',
  filters: 'filters',
  'max-fortigate-connections': 'mostFortigates',
  'monitor-user-logon-events': 'isMonitoring',
  agents: 'agents',
  'agent-rate-limit': 'agents',
  'ignore-user-list': 'ignore',
  'ignore-machine-accounts': 'ignore',
  'dc-agent-ignore-ip-list': 'ignore',
  'duplicate-window': 'duplicateWindowMs',
  'dead-entry-timeout': 'deadEntryTimeoutMs',
  'ip-address-change-verify-interval': 'addressCheckMs',
  'workstation-verify-interval': 'workstationCheck',
  'workstation-check-networks': 'workstationCheck',
  'workstation-check-method': 'workstationCheck',
  'workstation-check-user': 'workstationCheck',
  'workstation-check-password': 'workstationCheck',
  'workstation-check-command': 'workstationCheck',
  'workstation-check-verdict': 'workstationCheck',
  'workstation-check-timeout': 'workstationCheck',
  'workstation-check-threads': 'workstationCheck',
};

/** What a collector does with the configuration's section, its secrets resolved. */
export function collectorOptions(
  section: CollectorConfig,
  password: string | null,
  tls: TlsListener | null,
  feeds: readonly MakeFeed[],
  checks: WorkstationCheckOptions | null,
): Omit<CollectorOptions, 'clock' | 'log'> {
  const { agents: _, ...settings } = collectorSettings(section, password, checks);
  return {
    ...settings,
    listen: section.listen,
    port: section.port,
    tls,
    feeds,
    dns: section.dns,
    domains: [...new Set([...section['monitored-domains'], ...(section.polling?.domains ?? [])])],
    dnsSuffixes: section['alternative-workstation-suffixes'],
    workerThreads: section['worker-threads'],
    groups: section.groups.static,
  };
}
