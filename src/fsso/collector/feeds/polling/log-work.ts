import type { Clock } from '../../../../clock.ts';
import { runInSlices, type Steps } from '../../../../slices.ts';
import type { ControllerLink, LogEvent } from '../../../windows/reading.ts';
import { timers } from '../../../wire/profile.ts';
import { isMachineAccount, readAccount } from '../account.ts';
import { evidenceOf, networkLogonId, readLogon } from '../windows/event-logon.ts';
import type { ExchangeServers } from '../windows/exchange.ts';
import { type Bookmark, LogFollower } from './log-follower.ts';
import type { PollCounts, PolledLogon, PollOutcome, PollWork } from './poll-work.ts';

export interface LogWorkOptions {
  readonly log: string;
  /** How it is read. */
  readonly by: 'event-log' | 'wmi';
  readonly ids: readonly number[];
  /** Of users who come without one; empty: that of the machine. */
  readonly domain: string;
  /** The account that polls: its logons are our own. */
  readonly account: string;
  readonly exchange: ExchangeServers;
  /** Milliseconds before the start that a log without a bookmark is read from. */
  readonly historyMs: number;
  readonly clock: Clock;
  readonly counts: PollCounts;
  take(logon: PolledLogon): void;
  /** An event that leaves out what a logon needs. */
  incomplete(event: LogEvent, missing: string): void;
  /** So many records could not be read. */
  unreadable(count: number): void;
  /** What keeps the bookmark over restarts. */
  readonly bookmark: { get(): Bookmark | null; set(bookmark: Bookmark): void };
}

/** What of the machine matters for its events. */
interface Place {
  readonly skewMs: number;
  /** Of users who come without one. */
  readonly domain: string;
}

/** Reads what is new in an event log: the product's modes for the event log and for WMI. */
export class LogWork implements PollWork {
  readonly log: string;
  readonly ids: readonly number[];
  readonly #options: LogWorkOptions;
  readonly #follower: LogFollower;
  readonly #ids: ReadonlySet<number>;
  readonly #exchangeIds: ReadonlySet<number>;
  readonly #own: string;

  constructor(options: LogWorkOptions) {
    this.#options = options;
    this.log = options.log;
    this.ids = options.ids;
    this.#ids = new Set(options.ids);
    this.#exchangeIds = new Set([...options.ids, networkLogonId]);
    this.#own = readAccount(options.account, '').user.toLowerCase();
    const { clock, historyMs } = options;
    const start = clock.now();
    this.#follower = new LogFollower(
      {
        ids: options.exchange.isEmpty ? this.#ids : this.#exchangeIds,
        // Whoever logs on between the start and the first poll that is answered is not to be missed.
        historyMs: () => historyMs + clock.now() - start,
        usefulMs: timers.deadEntryTimeout,
      },
      options.bookmark.get(),
    );
  }

  async poll(link: ControllerLink, skewMs: number, signal: AbortSignal): Promise<PollOutcome> {
    const { clock, bookmark } = this.#options;
    if (link.log === null) throw new Error('this connection reads no event log');
    // Who comes without a domain was checked here, so belongs to that of the machine.
    const domain = this.#options.domain || (link.domain?.netbios ?? '');
    const take = (events: readonly LogEvent[]) => this.#takeAll(events, { skewMs, domain }, signal);
    try {
      const poll = await this.#follower.poll(link.log, clock.now() + skewMs, take, signal);
      if (poll.unreadable > 0) this.#options.unreadable(poll.unreadable);
      return {
        read: poll.events,
        sessions: null,
        log: {
          lastEvent: poll.lastEvent === null ? null : poll.lastEvent - skewMs,
          behind: poll.behind,
          lost: poll.lost,
          cleared: poll.cleared,
          bookmark: this.#follower.bookmark?.record ?? null,
        },
      };
    } finally {
      if (this.#follower.bookmark !== null) bookmark.set(this.#follower.bookmark);
    }
  }

  /** In slices: a morning's events are thousands at once. */
  #takeAll(events: readonly LogEvent[], at: Place, signal: AbortSignal): Promise<void> {
    return new Promise((done, failed) => {
      runInSlices(this.#options.clock, this.#steps(events, at, signal), {
        afterSlice: (isDone) => {
          if (!isDone) return;
          if (signal.aborted) failed(signal.reason);
          else done();
        },
      });
    });
  }

  *#steps(events: readonly LogEvent[], at: Place, signal: AbortSignal): Steps {
    for (const event of events) {
      if (signal.aborted) return;
      this.#take(event, at);
      yield;
    }
  }

  #take(event: LogEvent, { skewMs, domain }: Place): void {
    const { counts, exchange, clock, incomplete } = this.#options;
    counts.received += 1;
    const exchangeDomain = exchange.domainOf(event);
    const ids = exchangeDomain === null ? this.#ids : this.#exchangeIds;
    const reading = readLogon(event, ids, exchangeDomain ?? domain);
    if (reading.kind === 'passed over') {
      counts.passedOver += 1;
      return;
    }
    if (reading.kind === 'incomplete') {
      if (isMachineAccount(event.data['TargetUserName'] ?? '')) counts.machineAccounts += 1;
      else incomplete(event, reading.missing);
      return;
    }
    const { logon } = reading;
    if (isMachineAccount(logon.user)) {
      counts.machineAccounts += 1;
      return;
    }
    if (logon.user.toLowerCase() === this.#own || (exchangeDomain === null && exchange.ignores(logon))) {
      counts.ignored += 1;
      return;
    }
    const time = event.time - skewMs;
    // What a collector that had been there all the time would have ended by now.
    if (clock.now() - time > timers.deadEntryTimeout) {
      counts.old += 1;
      return;
    }
    this.#options.take({
      ...{ ...logon, time },
      feed: exchangeDomain === null ? 'poller' : 'exchange',
      evidence: evidenceOf(event, { record: event.record, log: this.log, by: this.#options.by }),
    });
  }
}
