import type { Clock } from '../../../../clock.ts';
import type { ControllerLink, PollMode } from '../../../windows/reading.ts';
import { DomainNames } from '../../domain-names.ts';
import { collectorEvent } from '../../events.ts';
import { LoginTurns } from '../../login-turns.ts';
import { Repeats } from '../../repeats.ts';
import { Drops } from '../drops.ts';
import type { Feed, FeedContext, FeedHealth, MakeFeed } from '../feed.ts';
import { SourceList } from '../source-list.ts';
import { type ExchangeServer, ExchangeServers } from '../windows/exchange.ts';
import { Bookmarks } from './bookmarks.ts';
import { ControllerConnection, type LoginTurn } from './controller-connection.ts';
import { ControllerPoller } from './controller-poller.ts';
import { LogWork } from './log-work.ts';
import type { PollCounts, PolledLogon, PollWork } from './poll-work.ts';
import { type PollPace, PollSchedule } from './schedule.ts';
import { SessionWork } from './session-work.ts';
import { Slots } from './slots.ts';

/** A machine that is polled. */
export interface PollTarget {
  /** Host name or address; with mode and log it is this target's own. */
  readonly name: string;
  readonly mode: PollMode;
  /** Name of the event log, where one is read. */
  readonly log: string;
  /** Of users who come without one. */
  readonly domain: string;
  /** Which events are logons. */
  readonly ids: readonly number[];
  /** The account that polls. */
  readonly account: string;
  /** Its own period; null: as everybody's. */
  readonly seconds: number | null;
  /** Connects. Rejects with an Error that carries a Problem where it has one. */
  open(signal: AbortSignal, clock: Clock, turn: LoginTurn): Promise<ControllerLink>;
}

export interface PolledDomain {
  readonly domain: string;
  /** @param addressesOf where DNS says that it is now; none where it does not say */
  target(name: string, addressesOf: () => readonly string[]): PollTarget;
}

export interface PollingFeedOptions {
  readonly pace: PollPace;
  readonly targets: readonly PollTarget[];
  /** DNS names of domains, and what each of their domain controllers becomes, when the feed's context has found them. */
  readonly domains: readonly PolledDomain[];
  readonly exchange: readonly ExchangeServer[];
  /** File that keeps how far each log has been read; null forgets with the process. */
  readonly bookmarks: string | null;
  /** Milliseconds before the start that a log without a bookmark is read from. */
  readonly historyMs: number;
  /** Machines that are polled at the same time. */
  readonly atOnce: number;
  /** From 0 to below 1; absent: the machine's own. */
  readonly random?: () => number;
}

/** What the product's log adds to the length of a logon's text. */
const datagramOverhead = 13;

/** The feed that asks domain controllers itself, without an agent on them (docs/protocol/windows.md, Polling). */
export class PollingFeed implements Feed {
  readonly kind = 'poller';
  readonly #options: PollingFeedOptions;
  readonly #context: FeedContext;
  readonly #names: DomainNames;
  readonly #exchange: ExchangeServers;
  readonly #sources: SourceList;
  readonly #drops: Drops;
  readonly #repeats: Repeats;
  readonly #bookmarks: Bookmarks;
  readonly #slots: Slots;
  /** By account. */
  readonly #turns = new Map<string, LoginTurns>();
  readonly #pollers = new Map<
    string,
    { poller: ControllerPoller; schedule: PollSchedule; domain: string | null }
  >();
  readonly #counts: PollCounts = {
    received: 0,
    passedOver: 0,
    machineAccounts: 0,
    ignored: 0,
    unreadable: 0,
    old: 0,
    endedSessions: 0,
  };
  #logons = 0;
  #pace: PollPace;
  #chosen: number | null = null;
  #stopped = false;

  constructor(options: PollingFeedOptions, context: FeedContext) {
    const { clock, report } = context;
    this.#options = options;
    this.#context = context;
    this.#pace = options.pace;
    this.#names = context.names ?? new DomainNames({ clock });
    this.#exchange = new ExchangeServers(options.exchange, (domain) => this.#names.known(domain));
    this.#sources = new SourceList(clock, report);
    this.#drops = new Drops(clock, report);
    this.#repeats = new Repeats(clock);
    this.#slots = new Slots(options.atOnce);
    this.#bookmarks = new Bookmarks(options.bookmarks, clock, (what, file, error) =>
      this.#fileFailed(what, file, error),
    );
  }

  get health(): FeedHealth {
    return {
      kind: this.kind,
      listening: [],
      sources: this.#sources.health,
      counts: { ...this.#counts, logons: this.#logons, incomplete: this.#drops.incompletes },
      dropped: this.#drops.counts,
      polled: [...this.#pollers.values()].map(({ poller }) => poller.health),
    };
  }

  /** Reads the bookmarks and begins; the first polls come within the first period. */
  async start(): Promise<[]> {
    this.#bookmarks.load();
    for (const target of this.#options.targets) this.#add(target, null);
    return [];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#pollers.values()].map(({ poller }) => poller.stop()));
    this.#bookmarks.save();
  }

  /** Polls everybody now, and resolves when all of that has ended. Never rejects. */
  async pollAll(): Promise<void> {
    await Promise.all([...this.#pollers.values()].map(({ poller }) => poller.poll()));
  }

  /** Changes the period of everybody, within what each mode allows; null goes back to what is configured. */
  setPeriod(seconds: number | null): void {
    this.#chosen = seconds;
    for (const { poller, schedule } of this.#pollers.values()) {
      schedule.choose(seconds);
      poller.reschedule();
    }
  }

  /** Takes another configured rhythm; a period that a person chose still counts before it. */
  setPace(pace: PollPace): void {
    this.#pace = pace;
    for (const { poller, schedule } of this.#pollers.values()) {
      schedule.setPace(pace);
      poller.reschedule();
    }
  }

  /** Takes up domain controllers that DNS has named since, and leaves those that it does not name any more. */
  takeControllers(): void {
    const found = this.#context.controllers?.() ?? [];
    for (const { domain, target } of this.#options.domains) {
      const names = new Set(found.filter((each) => each.domain === domain).map(({ name }) => name));
      // Nothing found: DNS does not answer, and those that are known are still polled.
      if (names.size === 0) continue;
      for (const name of names)
        this.#add(
          target(name, () => this.#addressesOf(domain, name)),
          domain,
        );
      for (const [key, known] of this.#pollers)
        if (known.domain === domain && !names.has(known.poller.health.name)) {
          this.#pollers.delete(key);
          void known.poller.stop();
        }
    }
  }

  /** The servers that named it may know what those of the system do not. */
  #addressesOf(domain: string, name: string): readonly string[] {
    const found = this.#context.controllers?.() ?? [];
    return found.find((each) => each.domain === domain && each.name === name)?.addresses ?? [];
  }

  #add(target: PollTarget, domain: string | null): void {
    const key = `${target.name.toLowerCase()} ${target.mode === 'netapi' ? 'sessions' : target.log.toLowerCase()}`;
    if (this.#stopped || this.#pollers.has(key)) return;
    const { clock, report } = this.#context;
    const schedule = new PollSchedule(target.mode, target.seconds, this.#pace);
    schedule.choose(this.#chosen);
    const poller = new ControllerPoller({
      name: target.name,
      mode: target.mode,
      schedule,
      work: this.#workFor(target, key, () => poller.countLogon()),
      connection: new ControllerConnection({
        name: target.name,
        open: (signal, turn) => target.open(signal, clock, turn),
        turns: this.#turnsOf(target.account),
        ...{ names: this.#names, clock, report },
      }),
      slots: this.#slots,
      clock,
      report,
      random: this.#options.random ?? Math.random,
      polled: () => this.#sources.present(target.name),
    });
    this.#pollers.set(key, { poller, schedule, domain });
    poller.start();
  }

  #turnsOf(account: string): LoginTurns {
    const key = account.toLowerCase();
    const known = this.#turns.get(key);
    if (known) return known;
    const turns = new LoginTurns(this.#context.clock);
    this.#turns.set(key, turns);
    return turns;
  }

  #workFor(target: PollTarget, key: string, count: () => void): PollWork {
    const { clock } = this.#context;
    const { domain, account, log, ids, name } = target;
    const shared = {
      ...{ clock, domain, account },
      counts: this.#counts,
      take: (logon: PolledLogon) => {
        count();
        this.#take(logon, name);
      },
    };
    if (target.mode === 'netapi') return new SessionWork(shared);
    return new LogWork({
      ...shared,
      ...{ log, ids, by: target.mode },
      exchange: this.#exchange,
      historyMs: this.#options.historyMs,
      incomplete: (event, missing) =>
        this.#drops.incomplete(name, `Windows event ${event.id}`, missing, this.#sources.heard(name, 0)),
      unreadable: (count) => {
        this.#counts.unreadable += count;
        this.#drops.incomplete(name, log, 'a form that can be read');
      },
      bookmark: {
        get: () => this.#bookmarks.get(key),
        set: (bookmark) => this.#bookmarks.set(key, bookmark),
      },
    });
  }

  #take({ time, feed, ...logon }: PolledLogon, name: string): void {
    if (this.#stopped) return;
    this.#logons += 1;
    this.#sources.logon(this.#sources.heard(name, 0));
    const now = this.#context.clock.now();
    this.#trace(logon, time, name);
    this.#context.sink.logon({
      ...logon,
      otherIp: null,
      logonTime: Math.floor(Math.min(time, now) / 1000),
      terminal: null,
      groups: null,
      feed,
      agent: name,
    });
  }

  /** As the product's log has a logon that was polled: like a datagram, the address in place of the workstation. */
  #trace(
    { ip, user, domain, workstation }: Omit<PolledLogon, 'time' | 'feed'>,
    time: number,
    name: string,
  ): void {
    const { trace } = this.#context;
    if (!trace) return;
    trace.received({
      ...{ agent: name, user, domain, workstation, otherIp: null },
      bytes: datagramOverhead + Buffer.byteLength(`${workstation}/${domain}/${user}`),
      time: Math.floor(time / 1000),
      ip: ip === workstation ? null : ip,
    });
  }

  #fileFailed(what: 'read' | 'written', file: string, error: NodeJS.ErrnoException): void {
    const held = this.#repeats.pass(`${what} ${error.code} ${file}`);
    if (held === null) return;
    this.#context.report(
      collectorEvent({
        msg: `file cannot be ${what}`,
        file,
        error: error.code ?? error.message,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}

export function pollingFeed(options: PollingFeedOptions): MakeFeed {
  return (context) => new PollingFeed(options, context);
}
