import type { Clock } from '../../clock.ts';
import { DomainNames } from './domain-names.ts';
import { EntryTable } from './entries.ts';
import type { Entry, EntryChange } from './entry.ts';
import type { Report } from './events.ts';
import type { PolledController } from './feeds/feed.ts';
import { PollingFeed, type PollTarget } from './feeds/polling/polling-feed.ts';
import { type GroupFilter, groupFilter } from './filters.ts';
import type { DirectoryHealth } from './groups/directory.ts';
import { CollectorGroups, type DirectorySettings } from './groups/groups.ts';
import { IgnoreList } from './ignore-list.ts';
import { Intake } from './intake.ts';
import { WorkstationResolver } from './resolve.ts';

export interface AgentlessOptions {
  readonly target: PollTarget;
  /** Milliseconds that a logon is kept; 0: for ever, and the log is read from now on only. */
  readonly historyMs: number;
  /** Who is in none of these groups is left out; empty: nobody is. */
  readonly groups: readonly string[];
  /** Null: nobody has groups. */
  readonly directories: DirectorySettings | null;
  /** Addresses of DNS servers, for events that name a workstation only. */
  readonly dns: readonly string[];
  readonly clock: Clock;
  readonly report: Report;
  /** A logon came, was renewed, or ended. */
  readonly changed: (change: EntryChange) => void;
}

const nobody = { users: [], machineAccounts: true, dcAgentAddresses: [] };

/**
 * One domain controller polled straight into a table of logons, without a collector in between, as a FortiGate does it itself
 * (docs/protocol/windows.md, Polling).
 */
export class AgentlessTable {
  readonly #entries: EntryTable;
  readonly #groups: CollectorGroups;
  readonly #intake: Intake;
  readonly #feed: PollingFeed;
  readonly #filter: GroupFilter | null;

  constructor(options: AgentlessOptions) {
    const { clock, report, target, historyMs, directories } = options;
    this.#filter = groupFilter(options.groups);
    this.#entries = new EntryTable({ clock, deadEntryTimeoutMs: historyMs }, (change) => {
      if (this.#passes(change.entry)) options.changed(change);
      // Somebody who is not shown took the address over.
      else if (change.kind === 'logon' && change.previous !== null && this.#passes(change.previous))
        options.changed({ kind: 'logoff', entry: change.previous, why: 'reported' });
    });
    const names = new DomainNames({
      clock,
      ...(directories && { directories: () => this.#groups.domains() }),
    });
    this.#groups = new CollectorGroups({
      clock,
      configured: {},
      directories,
      entries: this.#entries,
      report,
    });
    this.#intake = new Intake({
      ...{
        clock,
        report,
        entries: this.#entries,
        groups: this.#groups,
        duplicateWindowMs: 0,
        isMonitoring: true,
      },
      ignored: new IgnoreList(nobody),
      names,
      resolver: new WorkstationResolver({
        clock,
        servers: [...options.dns],
        dnsNameOf: (domain) => names.dnsNameOf(domain),
      }),
    });
    this.#feed = new PollingFeed(
      {
        targets: [target],
        ...{ pace: { seconds: null, periods: [] }, domains: [], exchange: [], bookmarks: null },
        ...{ historyMs, atOnce: 1 },
      },
      { clock, report, sink: this.#intake, names },
    );
  }

  get controller(): PolledController | null {
    return this.#feed.health.polled?.[0] ?? null;
  }

  get directories(): readonly DirectoryHealth[] {
    return this.#groups.directories;
  }

  /** Logons that wait for an address or for groups. */
  get waiting(): number {
    return this.#intake.queues.reduce((sum, { length }) => sum + length, 0);
  }

  /** Every logon as it is now. */
  get logons(): readonly Entry[] {
    return this.#entries.snapshot().filter((entry) => this.#passes(entry));
  }

  expiryOf(entry: Entry): number | null {
    return this.#entries.expiryOf(entry);
  }

  async start(): Promise<void> {
    await this.#feed.start();
  }

  /** Polls now, and resolves with its end. Never rejects. */
  poll(): Promise<void> {
    return this.#feed.pollAll();
  }

  async stop(): Promise<void> {
    await this.#feed.stop();
    this.#intake.stop();
    this.#groups.stop();
    this.#entries.stop();
  }

  #passes({ groups }: Entry): boolean {
    return this.#filter === null || this.#filter.matches(groups);
  }
}
