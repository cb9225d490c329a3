import type { Clock, Timer } from '../../../../clock.ts';
import type { Problem } from '../../../../problem.ts';
import { untilAborted } from '../../../../until-aborted.ts';
import type { PollMode } from '../../../windows/reading.ts';
import { collectorEvent, type Report } from '../../events.ts';
import type { PolledController, PolledState } from '../feed.ts';
import { RateHistory } from '../rate-history.ts';
import type { ControllerConnection } from './controller-connection.ts';
import { modeMisses } from './mode-misses.ts';
import { PollLimit, pollProblem } from './poll-problem.ts';
import type { PollOutcome, PollWork } from './poll-work.ts';
import type { PollSchedule } from './schedule.ts';
import type { Slots } from './slots.ts';

/** A poll that takes longer is given up, in milliseconds. */
const longestPoll = 60_000;
/** The guide's limit of the round trip of sessions: beyond it logons are missed. */
export const longestRoundTrip = 10_000;
/** Between two tries at most, in milliseconds. */
const longestPause = 300_000;
const pollTimesKept = 30;

export interface ControllerPollerOptions {
  readonly name: string;
  readonly mode: PollMode;
  readonly schedule: PollSchedule;
  readonly work: PollWork;
  readonly connection: ControllerConnection;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly report: Report;
  /** From 0 to below 1: so that many controllers are not polled at once. */
  readonly random: () => number;
  /** After a poll that came to its end. */
  readonly polled: () => void;
}

/** Polls one domain controller in its rhythm, and knows how that goes. */
export class ControllerPoller {
  readonly #options: ControllerPollerOptions;
  readonly #rates: RateHistory;
  readonly #times: number[] = [];
  #timer: Timer | null = null;
  #nextPoll: number | null = null;
  #abort: AbortController | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;
  #polls = 0;
  #failures = 0;
  /** Failures since the last poll that came to its end. */
  #failedInTurn = 0;
  #lastPoll: number | null = null;
  #lastEvent: number | null = null;
  #lastOutcome: PollOutcome | null = null;
  /** When everything of the log had been read last. */
  #wasUpToDate: number | null = null;
  #lost = 0;
  #logons = 0;
  #isSlow = false;
  #problem: Problem | null = null;

  constructor(options: ControllerPollerOptions) {
    this.#options = options;
    this.#rates = new RateHistory(options.clock.now());
  }

  get health(): PolledController {
    const { name, mode, schedule, work, clock, connection } = this.#options;
    const now = clock.now();
    const { domain, skewMs } = connection;
    const log = this.#lastOutcome?.log ?? null;
    return {
      name,
      domain: domain?.dns ?? null,
      mode,
      log: work.log,
      eventIds: work.ids,
      state: this.#state,
      means: connection.means,
      polls: this.#polls,
      failures: this.#failures,
      lastPoll: this.#lastPoll,
      nextPoll: this.#nextPoll,
      periodMs: schedule.periodAt(now),
      periodIsChosen: schedule.isChosen,
      pollTimes: [...this.#times],
      lastEvent: this.#lastEvent,
      bookmark: log?.bookmark ?? null,
      lag:
        log === null
          ? null
          : { records: log.behind, seconds: Math.round((now - (this.#wasUpToDate ?? now)) / 1000) },
      lost: this.#lost,
      sessions: this.#lastOutcome?.sessions ?? null,
      logons: this.#logons,
      logonsPerMinute: Math.round(
        this.#rates
          .eventsPerSecond(now)
          .slice(-6)
          .reduce((sum, rate) => sum + rate * 10, 0),
      ),
      clockSkew: skewMs === null ? null : Math.round(skewMs / 1000),
      misses: modeMisses[mode],
      problem: this.#problem,
    };
  }

  /** Counts a logon that was found there. */
  countLogon(): void {
    this.#logons += 1;
    this.#rates.add(this.#options.clock.now(), 1, 0);
  }

  /** Begins somewhere within the first period. */
  start(): void {
    const { schedule, clock, random } = this.#options;
    this.#pollIn(random() * schedule.periodAt(clock.now()));
  }

  /** Polls now, where no poll is under way, and resolves with its end. Never rejects. */
  poll(): Promise<void> {
    this.#timer?.cancel();
    this.#running ??= this.#inSlot().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Another period: the next poll comes when that wants it. */
  reschedule(): void {
    if (this.#stopped || this.#timer === null || this.#running !== null) return;
    const { schedule, clock } = this.#options;
    const now = clock.now();
    if (this.#problem === null) this.#pollBehind(this.#lastPoll ?? now, schedule.periodAt(now));
  }

  /** Ends what is under way, and closes the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#abort?.abort(new Error('polling was stopped'));
    await this.#running;
    await this.#options.connection.drop();
  }

  get #state(): PolledState {
    if (this.#problem !== null) return 'failed';
    if (this.#lastPoll === null) return 'waiting';
    if (this.#isSlow) return 'slow';
    return (this.#lastOutcome?.log?.behind ?? 0) > 0 ? 'behind' : 'ok';
  }

  /** Polls `pause` milliseconds behind the begin of the last poll; a clock that was set back since puts nothing off. */
  #pollBehind(began: number, pause: number): void {
    this.#pollIn(Math.min(pause, began + pause - this.#options.clock.now()));
  }

  #pollIn(ms: number): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    const wait = Math.max(0, Math.round(ms));
    this.#nextPoll = clock.now() + wait;
    this.#timer = clock.after(wait, () => void this.poll());
  }

  async #inSlot(): Promise<void> {
    const release = await this.#options.slots.take();
    try {
      this.#nextPoll = null;
      if (!this.#stopped) await this.#pollOnce();
    } finally {
      release();
    }
  }

  async #pollOnce(): Promise<void> {
    const { clock, schedule, polled } = this.#options;
    const began = clock.now();
    const abort = new AbortController();
    this.#abort = abort;
    const limit = clock.after(longestPoll, () => abort.abort(new PollLimit(longestPoll)));
    const before = this.#logons;
    try {
      const outcome = await untilAborted(this.#ask(abort.signal), abort.signal);
      this.#ended(began, outcome, this.#logons - before);
      polled();
      const pause = outcome.log !== null && outcome.log.behind > 0 ? 0 : schedule.periodAt(began);
      if (!this.#stopped) this.#pollBehind(began, pause);
    } catch (error) {
      await this.#options.connection.drop();
      if (!this.#stopped) this.#failed(error);
    } finally {
      limit.cancel();
      this.#abort = null;
    }
  }

  async #ask(signal: AbortSignal): Promise<PollOutcome> {
    const { connection, work } = this.#options;
    const link = await connection.take(signal);
    return work.poll(link, connection.skewMs ?? 0, signal);
  }

  #ended(began: number, outcome: PollOutcome, logons: number): void {
    const { clock, report, name, mode, work } = this.#options;
    const ms = clock.now() - began;
    this.#polls += 1;
    this.#lastPoll = began;
    this.#lastOutcome = outcome;
    this.#times.push(ms);
    if (this.#times.length > pollTimesKept) this.#times.shift();
    const { log } = outcome;
    if (log !== null) {
      this.#lastEvent = log.lastEvent ?? this.#lastEvent;
      this.#lost += log.lost;
      if (log.behind === 0) this.#wasUpToDate = began;
      this.#wasUpToDate ??= began;
      const where = { controller: name, log: work.log ?? '' };
      if (log.lost > 0)
        report(collectorEvent({ msg: 'event log was overwritten', ...where, lost: log.lost }));
      if (log.cleared) report(collectorEvent({ msg: 'event log was cleared', ...where }));
    }
    if (this.#failedInTurn > 0)
      report(collectorEvent({ msg: 'controller polled again', controller: name, mode }));
    this.#failedInTurn = 0;
    this.#problem = null;
    const longest = this.#longest(began, outcome);
    const isSlow = ms > longest;
    if (isSlow && !this.#isSlow)
      report(
        collectorEvent({
          msg: 'controller polled too slowly',
          controller: name,
          mode,
          ms,
          longest,
        }),
      );
    this.#isSlow = isSlow;
    report(
      collectorEvent({ msg: 'controller polled', controller: name, mode, ms, read: outcome.read, logons }),
    );
  }

  /** Milliseconds that a poll may take: WMI may have walked through the whole log for each. */
  #longest(began: number, { log }: PollOutcome): number {
    const { mode, schedule } = this.#options;
    if (mode === 'netapi') return longestRoundTrip;
    const isCatchingUp = this.#polls === 1 || (log?.behind ?? 0) > 0;
    return mode === 'wmi' && !isCatchingUp ? schedule.periodAt(began) : Number.POSITIVE_INFINITY;
  }

  #failed(error: unknown): void {
    const { clock, report, name, mode, schedule, random } = this.#options;
    const problem = pollProblem(error, name);
    const isNew = this.#problem === null || this.#problem.message !== problem.message;
    this.#failures += 1;
    this.#failedInTurn += 1;
    this.#problem = problem;
    const doubled = schedule.periodAt(clock.now()) * 2 ** Math.min(this.#failedInTurn - 1, 10);
    // A whole site that fails at once is not to come back at once.
    const pause = Math.min(doubled, longestPause) * (0.75 + random() / 2);
    this.#pollIn(pause);
    if (!isNew) return;
    const { stage, code, message, cause, fix } = problem;
    report(
      collectorEvent({
        msg: 'controller not polled',
        controller: name,
        mode,
        stage,
        code,
        why: message,
        cause,
        fix: fix.join('; '),
        retryInSeconds: Math.ceil(pause / 1000),
      }),
    );
  }
}
