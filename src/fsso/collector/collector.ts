import type { Clock } from '../../clock.ts';
import { type StrategyName, strategyNames } from '../wire/auth.ts';
import { longestCollectorPassword, names } from '../wire/profile.ts';
import { AllowList } from './allow-list.ts';
import { type EntryChange, EntryTable, sameUser } from './entries.ts';
import {
  type CollectorEvent,
  collectorEvent,
  type IgnoredBecause,
  type UnresolvedBecause,
} from './events.ts';
import type { AgentHealth } from './feeds/agent-list.ts';
import { AgentFeed, type AgentLogon, type DatagramCounts } from './feeds/agents.ts';
import { ConfiguredFilters, serialOf } from './filters.ts';
import { StaticGroups } from './groups/static.ts';
import { type OutputLimits, outputLimits } from './limits.ts';
import { Repeats } from './repeats.ts';
import { WorkstationResolver } from './resolve.ts';
import { FortigateServer, type Listening, type TlsListener } from './serve.ts';
import type { FortigateHealth } from './session.ts';

export interface CollectorOptions {
  /** Address of both listeners. */
  listen: string;
  /** TCP port for FortiGates; 0 lets the system choose. */
  port: number;
  /** TLS for FortiGates beside it; absent or null: none. */
  tls?: TlsListener | null;
  /** UDP port for agents; 0 lets the system choose. */
  agentPort: number;
  /** null asks FortiGates for none. */
  password: string | null;
  /** Identities (`SERIAL-VDOM`, or a serial number for all its VDOMs) that may connect; null: any. */
  fortigates: string[] | null;
  /** Addresses and networks that datagrams are taken from; null: any. */
  agents: string[] | null;
  /** Addresses of DNS servers, with a port where it is not 53. */
  dns: string[];
  /** Groups by `DOMAIN\user`, and by `*` for everybody. */
  groups: Record<string, string[]>;
  /** Groups by `SERIAL-VDOM` or serial number, and by `default` for every other FortiGate. */
  filters: Record<string, string[]>;
  /** Milliseconds; 0 keeps entries for ever. */
  deadEntryTimeoutMs: number;
  /** Ways to answer a challenge that are accepted; absent: all. */
  strategies?: StrategyName[];
  /** What FortiGates show as the collector's version. */
  banner?: string;
  /** Bounds of each FortiGate's output; absent: those of `limits.ts`. */
  limits?: OutputLimits;
  clock: Clock;
  /** Takes what happens. Texts in it are not safe yet. Must not throw. */
  log: (event: CollectorEvent) => void;
}

/** What a collector holds and whom it hears and serves. */
export interface CollectorStatus {
  readonly entries: number;
  readonly waitingForName: number;
  readonly datagrams: Readonly<DatagramCounts>;
  readonly notResolved: number;
  readonly agents: readonly AgentHealth[];
  readonly fortigates: readonly FortigateHealth[];
}

const hostPort = ({ address, port }: { address: string; port: number }) =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** A collector agent: logons from agents on UDP 8002 to FortiGates on TCP 8000 (docs/protocol/fsso.md, Collector). */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #groups: StaticGroups;
  readonly #entries: EntryTable;
  readonly #resolver: WorkstationResolver;
  readonly #feed: AgentFeed;
  readonly #server: FortigateServer;
  readonly #repeats: Repeats;
  #notResolved = 0;

  /** @throws RangeError for an option that cannot be used, in one line */
  constructor(options: CollectorOptions) {
    const { listen, clock, log } = options;
    this.#options = options;
    this.#groups = new StaticGroups(options.groups);
    this.#entries = new EntryTable(
      {
        clock,
        deadEntryTimeoutMs: options.deadEntryTimeoutMs,
        groupsOf: (domain, user) => this.#groups.of(domain, user),
      },
      (change) => this.#changed(change),
    );
    this.#resolver = new WorkstationResolver(options.dns, clock);
    this.#repeats = new Repeats(clock);
    this.#feed = new AgentFeed(
      { listen, port: options.agentPort, allowed: new AllowList(options.agents), clock },
      (logon) => this.#enter(logon),
      log,
    );
    const allowed = options.fortigates && new Set(options.fortigates.map((name) => name.toUpperCase()));
    this.#server = new FortigateServer(
      { listen, port: options.port, tls: options.tls ?? null },
      {
        clock,
        report: log,
        password: options.password,
        strategies: options.strategies ?? strategyNames,
        banner: options.banner ?? names.collectorBanner,
        filters: new ConfiguredFilters(options.filters),
        limits: options.limits ?? outputLimits,
        isAllowed: (identity) => {
          const name = identity.toUpperCase();
          return allowed === null || allowed.has(name) || allowed.has(serialOf(name));
        },
        entries: () => this.#entries.snapshot(),
      },
    );
  }

  get status(): CollectorStatus {
    return {
      entries: this.#entries.size,
      waitingForName: this.#resolver.waiting,
      datagrams: this.#feed.counts,
      notResolved: this.#notResolved,
      agents: this.#feed.agents,
      fortigates: this.#server.fortigates,
    };
  }

  /** Opens every listener. Rejects with ListenFailure, and then none is open. */
  async start(): Promise<{ fortigate: Listening; fortigateTls: Listening | null; agents: Listening }> {
    const { log, password, agents: allowed } = this.#options;
    // FortiGates first: what they cannot be told of is better not taken from agents.
    const { plain: fortigate, tls: fortigateTls } = await this.#server.start();
    const agents = await this.#feed.start().catch(async (error: unknown) => {
      await this.#server.stop();
      throw error;
    });
    if (allowed === null) log(collectorEvent({ msg: 'datagrams from any address are taken' }));
    if (password === null) log(collectorEvent({ msg: 'no password is asked of FortiGates' }));
    else if (password.length > longestCollectorPassword)
      log(
        collectorEvent({
          msg: 'password is longer than FortiGates and collectors agree on',
          longest: longestCollectorPassword,
        }),
      );
    for (const key of this.#groups.useless)
      log(collectorEvent({ msg: 'static groups name a user without a domain', key }));
    log(
      collectorEvent({
        msg: 'listening',
        fortigate: hostPort(fortigate),
        ...(fortigateTls && { fortigateTls: hostPort(fortigateTls) }),
        agents: hostPort(agents),
        receiveBuffer: agents.receiveBuffer,
      }),
    );
    const { address, port } = agents;
    return { fortigate, fortigateTls, agents: { address, port } };
  }

  /** Takes the datagrams that have arrived, sends FortiGates what they are still to be sent, and closes everything. */
  async stop(): Promise<void> {
    const { log } = this.#options;
    log(collectorEvent({ msg: 'stopping' }));
    await this.#feed.stop();
    this.#resolver.stop();
    this.#entries.stop();
    await this.#server.stop();
    log(
      collectorEvent({
        msg: 'stopped',
        entries: this.#entries.size,
        datagrams: this.#feed.counts.received,
      }),
    );
  }

  #enter(logon: AgentLogon): void {
    const { ip } = logon;
    if (ip !== null) {
      this.#put({ ...logon, ip });
      return;
    }
    this.#resolver.resolve(logon.workstation, logon.domain, (resolution) => {
      if (resolution.failure !== null) this.#unresolved(logon, resolution.failure);
      else this.#put({ ...logon, ip: resolution.ip, otherIp: logon.otherIp ?? resolution.otherIp });
    });
  }

  #put(logon: AgentLogon & { ip: string }): void {
    const ignored = this.#entries.put(logon);
    if (ignored !== null) this.#ignored(logon, ignored);
  }

  #ignored(logon: AgentLogon, why: IgnoredBecause): void {
    const { ip, user, domain, workstation, agent } = logon;
    const session = logon.terminal?.session ?? 0;
    this.#options.log(
      collectorEvent({ msg: 'logon ignored', ip, session, user, domain, workstation, why, agent }),
    );
  }

  #unresolved(logon: AgentLogon, why: UnresolvedBecause): void {
    this.#notResolved += 1;
    const { workstation, domain, user } = logon;
    const held = this.#repeats.pass(`${why} ${workstation}`);
    if (held === null) return;
    this.#options.log(
      collectorEvent({
        msg: 'name not resolved',
        workstation,
        domain,
        user,
        why,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }

  #changed(change: EntryChange): void {
    this.#server.apply(change);
    const { ip, session, user, domain, workstation, groups, agent } = change.entry;
    const who = { ip, session, user, domain, workstation };
    const { log } = this.#options;
    if (change.kind === 'logoff') {
      log(collectorEvent({ msg: 'logoff', ...who, why: change.why }));
      return;
    }
    const { previous } = change;
    if (previous === null) {
      log(collectorEvent({ msg: 'logon', ...who, action: 'added', groups: groups.text, agent }));
      return;
    }
    const action = sameUser(previous, change.entry) ? 'renewed' : 'replaced';
    log(
      collectorEvent({
        msg: 'logon',
        ...who,
        action,
        ...(action === 'replaced' && { previous: `${previous.domain}\\${previous.user}` }),
        groups: groups.text,
        agent,
      }),
    );
  }
}
