import type { CacheHealth } from './cache/logon-cache.ts';
import type { CheckCounts } from './checks/checks.ts';
import type { DomainController } from './controllers/domain-controllers.ts';
import type { DnsServerHealth } from './dns-servers.ts';
import type { IgnoredBecause } from './events.ts';
import type { FeedHealth } from './feeds/feed.ts';
import type { DirectoryHealth } from './groups/directory.ts';
import type { QueueHealth } from './queue.ts';
import type { FortigateHealth } from './session-context.ts';

/** What a collector holds, whom it hears and serves, and what waits in it: a copy. */
export interface CollectorStatus {
  readonly entries: number;
  /** Entries that are `Not Verified` now. */
  readonly notVerified: number;
  /** Logons since the start whose workstation gave no address. */
  readonly notResolved: number;
  /** Logons since the start that changed nothing, by why. */
  readonly ignored: Readonly<Partial<Record<IgnoredBecause, number>>>;
  readonly checks: CheckCounts;
  readonly queues: readonly QueueHealth[];
  readonly feeds: readonly FeedHealth[];
  /** Where groups come from, each with its servers. */
  readonly directories: readonly DirectoryHealth[];
  /** Those that DNS knows of the configured domains, and who reports for them. */
  readonly domainControllers: readonly DomainController[];
  readonly dns: readonly DnsServerHealth[];
  readonly fortigates: readonly FortigateHealth[];
  /** null where no logon cache is kept. */
  readonly cache: CacheHealth | null;
}
