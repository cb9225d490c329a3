import { strategyNames } from '../wire/auth.ts';
import { longestCollectorPassword, mostFortigates, names as wireNames } from '../wire/profile.ts';
import { Audience } from './audience.ts';
import { LogonCache } from './cache/logon-cache.ts';
import { changeEvent } from './change-events.ts';
import { Checks, type Disposition } from './checks/checks.ts';
import type { CollectorListening, CollectorOptions, CollectorWatcher } from './collector-options.ts';
import { DomainControllers } from './controllers/domain-controllers.ts';
import { DomainNames } from './domain-names.ts';
import { EntryTable } from './entries.ts';
import { type Entry, type EntryChange, entryKey } from './entry.ts';
import { type CollectorEvent, collectorEvent } from './events.ts';
import type { Feed, FeedListening } from './feeds/feed.ts';
import type { PollPace } from './feeds/polling/schedule.ts';
import { CollectorGroups } from './groups/groups.ts';
import { IgnoreList, type IgnoreOptions } from './ignore-list.ts';
import { Intake } from './intake.ts';
import { controllersEvery, outputLimits } from './limits.ts';
import { hostPort, listeningField } from './listeners.ts';
import { WorkstationResolver } from './resolve.ts';
import { FortigateServer } from './serve.ts';
import type { CollectorChanges } from './settings.ts';
import type { CollectorStatus } from './status.ts';

const nobody: IgnoreOptions = { users: [], machineAccounts: false, dcAgentAddresses: [] };

/** A collector agent: logons from its feeds to FortiGates on TCP 8000 (docs/protocol/fsso.md, Collector). */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #groups: CollectorGroups;
  readonly #entries: EntryTable;
  readonly #resolver: WorkstationResolver;
  readonly #intake: Intake;
  readonly #checks: Checks;
  readonly #feeds: readonly Feed[];
  readonly #controllers: DomainControllers;
  readonly #server: FortigateServer;
  readonly #watchers = new Set<CollectorWatcher>();
  #audience: Audience;
  #password: string | null;
  #mostFortigates: number;
  #cache: LogonCache | null = null;

  /** @throws RangeError for an option that cannot be used, in one line */
  constructor(options: CollectorOptions) {
    const { listen, clock } = options;
    const log = (event: CollectorEvent) => this.#log(event);
    this.#options = options;
    this.#audience = new Audience(options);
    this.#password = options.password;
    this.#mostFortigates = options.mostFortigates ?? mostFortigates;
    this.#entries = new EntryTable(
      { clock, deadEntryTimeoutMs: options.deadEntryTimeoutMs },
      (change) => this.#changed(change),
      (entry) => this.#cache?.confirmed(entry),
    );
    const names = new DomainNames({
      clock,
      ...(options.directories && { directories: () => this.#groups.domains() }),
    });
    const dnsNameOf = (domain: string) => names.dnsNameOf(domain);
    this.#groups = new CollectorGroups({
      clock,
      configured: options.groups,
      directories: options.directories ?? null,
      entries: this.#entries,
      report: log,
      dnsNameOf,
    });
    const resolver = new WorkstationResolver({
      clock,
      dnsNameOf,
      servers: options.dns,
      ...(options.dnsSuffixes && { suffixes: options.dnsSuffixes }),
      ...(options.workerThreads !== undefined && { lookups: options.workerThreads }),
    });
    this.#resolver = resolver;
    this.#checks = new Checks({
      clock,
      entries: this.#entries,
      resolver,
      addressCheckMs: options.addressCheckMs ?? 0,
      workstation: options.workstationCheck ?? null,
      report: log,
      checked: (entry) => {
        for (const watcher of this.#watchers) watcher.checked(entry);
      },
    });
    this.#intake = new Intake({
      clock,
      entries: this.#entries,
      ignored: new IgnoreList(options.ignore ?? nobody),
      resolver,
      names,
      groups: this.#groups,
      duplicateWindowMs: options.duplicateWindowMs ?? 0,
      isMonitoring: options.isMonitoring ?? true,
      report: log,
    });
    this.#feeds = options.feeds.map((make) =>
      make({
        clock,
        sink: this.#intake,
        report: log,
        trace: options.trace ?? null,
        names,
        controllers: () => this.#controllers.all,
      }),
    );
    this.#controllers = new DomainControllers({
      domains: options.domains ?? [],
      dns: options.dns,
      directory: (domain) => this.#groups.controllers(domain),
      everyMs: controllersEvery,
      clock,
      report: log,
      feeds: () => this.#feeds.map((feed) => feed.health),
      found: () => {
        for (const feed of this.#feeds) feed.takeControllers?.();
      },
    });
    this.#server = new FortigateServer(
      { listen, port: options.port, tls: options.tls ?? null },
      {
        clock,
        report: log,
        trace: options.trace ?? null,
        password: () => this.#password,
        mostFortigates: () => this.#mostFortigates,
        strategies: options.strategies ?? strategyNames,
        banner: options.banner ?? wireNames.collectorBanner,
        audience: () => this.#audience,
        limits: options.limits ?? outputLimits,
        entries: () => this.#entries.snapshot(),
        beforeWrite: () => this.#cache?.commit(),
      },
    );
  }

  get status(): CollectorStatus {
    const feeds = this.#feeds.map((feed) => feed.health);
    return {
      entries: this.#entries.size,
      notVerified: this.#checks.doubted,
      notResolved: this.#intake.notResolved,
      ignored: this.#intake.ignored,
      checks: this.#checks.counts,
      queues: [...this.#intake.queues, ...this.#checks.queues],
      feeds,
      dns: this.#resolver.servers,
      directories: [
        ...this.#groups.directories,
        ...feeds.flatMap(({ directory }) => (directory ? [directory] : [])),
      ],
      domainControllers: this.#controllers.all,
      fortigates: this.#server.fortigates,
      cache: this.#cache?.health ?? null,
    };
  }

  /**
   * Takes up what the cache holds and opens every listener. Rejects with CacheFailure or ListenFailure, and then nothing
   * is open.
   */
  async start(): Promise<CollectorListening> {
    this.#restore();
    try {
      return await this.#listen();
    } catch (error) {
      await this.#cache?.stop();
      throw error;
    }
  }

  async #listen(): Promise<CollectorListening> {
    const log = (event: CollectorEvent) => this.#log(event);
    // FortiGates first: what they cannot be told of is better not taken from feeds.
    const { plain: fortigate, tls: fortigateTls } = await this.#server.start();
    const feeds = await this.#startFeeds().catch(async (error: unknown) => {
      await this.#server.stop();
      throw error;
    });
    this.#controllers.start();
    this.#tellPassword(this.#password);
    this.#tellMonitoring(this.#options.isMonitoring);
    for (const key of this.#groups.useless)
      log(collectorEvent({ msg: 'static groups name a user without a domain', key }));
    const receiveBuffer = feeds.find((feed) => feed.receiveBuffer !== undefined)?.receiveBuffer;
    log(
      collectorEvent({
        msg: 'listening',
        fortigate: hostPort(fortigate),
        ...(fortigateTls && { fortigateTls: hostPort(fortigateTls) }),
        ...Object.fromEntries(feeds.map((feed) => [listeningField(feed.side), hostPort(feed)])),
        ...(receiveBuffer !== undefined && { receiveBuffer }),
      }),
    );
    return { fortigate, fortigateTls, feeds: Object.fromEntries(feeds.map((feed) => [feed.side, feed])) };
  }

  /** Takes what has arrived, sends FortiGates what they are still to be sent, and closes everything. */
  async stop(): Promise<void> {
    this.#log(collectorEvent({ msg: 'stopping' }));
    await this.#controllers.stop();
    await Promise.all(this.#feeds.map((feed) => feed.stop()));
    this.#intake.stop();
    this.#checks.stop();
    this.#groups.stop();
    this.#entries.stop();
    await this.#server.stop();
    await this.#cache?.stop();
    const datagrams = this.#feeds.reduce((sum, feed) => sum + (feed.health.counts['received'] ?? 0), 0);
    this.#log(collectorEvent({ msg: 'stopped', entries: this.#entries.size, datagrams }));
  }

  /** Every entry as it is now; later changes do not show in it. */
  entries(): readonly Entry[] {
    return this.#entries.snapshot();
  }

  /** How sure the collector is of an entry, and until when. */
  dispositionOf(entry: Entry): Disposition {
    return this.#checks.dispositionOf(entry);
  }

  /** Lets somebody follow what happens; returns what ends that. */
  watch(watcher: CollectorWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Ends an entry because a person wants it so; its user returns with the next report. False where there is none. */
  endEntry(ip: string, session: number): boolean {
    const entry = this.#entries.get(entryKey(ip, session));
    if (entry) this.#entries.end(entry, 'operator');
    return entry !== undefined;
  }

  /**
   * Takes up other settings: who is told of other logons now is sent everything again, who may not connect any more is let
   * go. Throws RangeError for one that cannot be used, and then nothing has changed.
   */
  reconfigure(changes: CollectorChanges): void {
    const { fortigates, filters, ignore, deadEntryTimeoutMs } = changes;
    const audience = this.#audience.changed({ fortigates, filters });
    const ignored = ignore && new IgnoreList(ignore);
    if (changes.agents) for (const feed of this.#feeds) feed.retune?.(changes.agents);
    if (changes.password !== undefined) this.#tellPassword(changes.password);
    this.#mostFortigates = changes.mostFortigates ?? this.#mostFortigates;
    this.#intake.retune(changes, ignored ?? null);
    this.#tellMonitoring(changes.isMonitoring);
    this.#checks.retune(changes);
    if (deadEntryTimeoutMs !== undefined) this.#entries.retime(deadEntryTimeoutMs);
    this.#audience = audience;
    this.#server.reconfigured();
  }

  /** Takes another configured rhythm of polling. */
  setPollPace(pace: PollPace): void {
    for (const feed of this.#feeds) feed.setPace?.(pace);
  }

  /**
   * Polls everybody each so many seconds, within what each mode allows, until null goes back to what is configured. How many
   * machines are polled.
   */
  setPollPeriod(seconds: number | null): number {
    for (const feed of this.#feeds) feed.setPeriod?.(seconds);
    return this.#feeds.reduce((sum, feed) => sum + (feed.health.polled?.length ?? 0), 0);
  }

  /** Forgets the groups that directories told, or asks for those of who is logged on anew. */
  get groups(): Pick<CollectorGroups, 'asksDirectories' | 'clear' | 'renew'> {
    return this.#groups;
  }

  /** Closes the connections of a FortiGate, by its identity or its `address:port`. How many there were. */
  disconnect(fortigate: string): number {
    return this.#server.disconnect(fortigate);
  }

  async #startFeeds(): Promise<FeedListening[]> {
    const open: FeedListening[] = [];
    for (const [index, feed] of this.#feeds.entries()) {
      try {
        open.push(...(await feed.start()));
      } catch (error) {
        await Promise.all(this.#feeds.slice(0, index).map((started) => started.stop()));
        throw error;
      }
    }
    return open;
  }

  #log(event: CollectorEvent): void {
    this.#options.log(event);
    for (const watcher of this.#watchers) watcher.event(event);
  }

  /** From now on asks FortiGates that connect for it; says what is not as it should be. */
  #tellPassword(password: string | null): void {
    const { longestPassword: longest = longestCollectorPassword } = this.#options;
    this.#password = password;
    if (password === null) this.#log(collectorEvent({ msg: 'no password is asked of FortiGates' }));
    else if (password.length > longest)
      this.#log(
        collectorEvent({ msg: 'password is longer than FortiGates and collectors agree on', longest }),
      );
  }

  #tellMonitoring(isMonitoring: boolean | undefined): void {
    if (isMonitoring === false) this.#log(collectorEvent({ msg: 'user logon events are not monitored' }));
  }

  #restore(): void {
    const { cache, clock } = this.#options;
    if (!cache) return;
    this.#cache = new LogonCache(cache, { clock, report: (event) => this.#log(event) });
    // The configuration may name other groups since.
    this.#entries.restore(this.#groups.restored(this.#cache.restore()));
    for (const entry of this.#entries.snapshot())
      this.#checks.observe({ kind: 'logon', entry, previous: null });
    this.#cache.start(() => this.#entries.snapshot());
  }

  #changed(change: EntryChange): void {
    this.#cache?.changed(change);
    this.#options.trace?.changed(change);
    this.#server.apply(change);
    this.#checks.observe(change);
    for (const watcher of this.#watchers) watcher.changed(change);
    this.#log(changeEvent(change));
  }
}
