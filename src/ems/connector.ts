import type { Problem } from '../problem.ts';
import { ConnectorBoard } from './connector/board.ts';
import { brokenBy, type Ending, endingOf, failureOf } from './connector/ending.ts';
import { NotifiedFetch } from './connector/notified-fetch.ts';
import type { ConnectorReport, ConnectorStatus } from './connector/report.ts';
import { Schedule } from './connector/schedule.ts';
import { StageLine } from './connector/stages.ts';
import { standing, trying, undecidable } from './connector/state-machine.ts';
import { TrustWatch } from './connector/trust-watch.ts';
import { Turn } from './connector/turn.ts';
import { EmsFailure } from './diagnosis.ts';
import { callOptions, type EmsTarget, type Examination, examine, targetText, untriable } from './examine.ts';
import { EmsSession } from './session/session.ts';
import { TrustStoreError } from './trust.ts';

export type { ConnectorReport, ConnectorState, ConnectorStatus } from './connector/report.ts';

const stageOfStep = {
  entitlement: 'entitlement',
  resolving: 'reach',
  tls: 'tls',
  registering: 'serial number',
} as const;

/**
 * One EMS connector: tries by itself, reports each change, and holds to the order of trust
 * (docs/protocol/ems.md, State machine and Timers). Nothing is reported after `stop`.
 */
export class EmsConnector {
  readonly target: EmsTarget;
  readonly #release: string;
  readonly #session: EmsSession;
  readonly #stages: StageLine;
  readonly #board: ConnectorBoard;
  readonly #turn = new Turn();
  readonly #schedule: Schedule;
  readonly #trust: TrustWatch;
  readonly #notified: NotifiedFetch;
  /** SHA-256 of the certificate that the calls go to. */
  #certificate = '';
  #stopped = false;

  constructor(target: EmsTarget, release: string, report: (report: ConnectorReport) => void) {
    const { clock, device } = target;
    const { timers } = device.profile;
    this.target = target;
    this.#release = release;
    this.#stages = new StageLine(clock, target.type);
    this.#session = new EmsSession(device, target.serial, clock, {
      changed: () => this.#board.sessionMoved(this.#session.status),
      inventory: (change) => this.#board.tell({ kind: 'inventory', change }),
      failed: (failure, path) => this.#board.tell({ kind: 'call-failed', failure, path }),
      recovered: (path) => this.#board.tell({ kind: 'call-recovered', path }),
      notified: (tables) => {
        this.#board.tell({ kind: 'notification', tables });
        if (this.#stands) this.#notified.ask();
      },
      socketClosed: (code, reason, path, openMs) => {
        this.#board.tell({ kind: 'socket-closed', code, reason, path });
        // An EMS that went away ends them; one that ends them at once, again and again, is left to the polls.
        if (this.#stands && openMs >= timers.heldSocket) this.#try(false);
      },
    });
    this.#board = new ConnectorBoard(target, this.#session.status, this.#stages.stages, report);
    this.#schedule = new Schedule(clock, timers, () => this.#try(false));
    this.#trust = new TrustWatch(target, () => this.#trustChanged());
    this.#notified = new NotifiedFetch(clock, timers.notifiedFetchEvery, this.#turn, () =>
      this.#fetchNotified(),
    );
  }

  get status(): ConnectorStatus {
    return this.#board.status;
  }

  /** The failure in the words of the configured release. */
  get problem(): Problem | null {
    return this.status.failure?.problemFor(this.#release) ?? null;
  }

  /** Begins to try; returns at once. Called once. */
  start(): void {
    const failure = untriable(this.target);
    if (failure) {
      const disabled = failure.fault === 'disabled';
      this.#board.change({ state: disabled ? 'disabled' : 'failed', failure: disabled ? null : failure });
      if (!disabled) this.#board.tell({ kind: 'failure', failure });
      return;
    }
    this.#trust.start();
    this.#try(true);
  }

  /** Closes every socket and timer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#board.close();
    this.#trust.stop();
    this.#schedule.cancel();
    this.#notified.stop();
    this.#turn.giveUp();
    this.#session.close();
    await this.#turn.done;
  }

  /** Tries now; resolves when that try has ended. */
  async refresh(): Promise<Problem | null> {
    if (this.#stopped) return null;
    const failure = untriable(this.target);
    if (failure) return failure.problemFor(this.#release);
    this.target.trust.refresh();
    this.#try(true);
    await this.#turn.done;
    if (this.status.state === 'certificate-not-accepted')
      return failureOf(this.target, 'not-accepted').problem;
    return this.problem;
  }

  /**
   * Pins the certificate with this SHA-256 (64 hex digits, `:` or not), if the server shows exactly that one on a fresh
   * connection, its chain is trusted and EMS has authorised us. Null when it was pinned.
   */
  accept(sha256: string): Promise<Problem | null> {
    return this.#decide(async (signal) => {
      const examination = await examine(this.target, { pins: 'ask', signal });
      const { facts, failure } = examination;
      if (failure || !facts) {
        this.#examined(examination);
        return failure?.problemFor(this.#release) ?? null;
      }
      const { trust, name, pinMode } = this.target;
      if (plain(facts.sha256) !== plain(sha256)) {
        const isOther = trust.matches(name, facts, pinMode) === 'changed';
        this.#examined(isOther ? { ...examination, outcome: 'certificate-changed' } : examination);
        return failureOf(this.target, 'other-certificate', facts.sha256).problem;
      }
      const { serialNumber } = examination;
      await trust.accept(name, facts, pinMode, { server: targetText(this.target), serialNumber });
      this.#board.tell({ kind: 'verified', sha256: facts.sha256 });
      this.#examined({ ...examination, outcome: 'connected', pinned: true });
      return null;
    });
  }

  /** Removes the connector's pin, if it has one, and waits for a person. Null when that worked. */
  reject(): Promise<Problem | null> {
    return this.#decide(async () => {
      const had = await this.target.trust.forget(this.target.name);
      if (this.#stopped) return null;
      if (had) this.#board.tell({ kind: 'unverified' });
      this.#session.pause();
      const { state, trusted } = this.status;
      const waits = trusted && !undecidable.has(state);
      const failure = failureOf(this.target, 'not-accepted');
      this.#board.change({ pinned: false, ...(waits ? { state: 'certificate-not-accepted', failure } : {}) });
      this.#setNextTry();
      // Who rejected it wants no connection to it.
      if (waits) this.#schedule.cancel();
      return null;
    });
  }

  get #stands(): boolean {
    return !this.#stopped && standing.has(this.status.state);
  }

  /** Begins a try, unless something runs already. */
  #try(visible: boolean): void {
    if (this.#stopped || this.#turn.isTaken) return;
    this.#schedule.cancel();
    this.#trust.mark();
    if (this.status.nextTryAt !== null) this.#board.change({ nextTryAt: null });
    // A connected EMS stays so while it is checked, and a failed one while it is retried: no flicker.
    const shown = visible && !standing.has(this.status.state);
    void this.#turn.take('try', async (signal) => {
      const examination = await this.#examine(visible, shown, signal);
      if (signal.aborted) return;
      const { outcome, facts } = examination;
      if (outcome !== 'connected' || !facts) {
        this.#endStages(outcome);
        this.#examined(examination);
        return;
      }
      this.#certificate = facts.sha256;
      this.#conclude(endingOf(this.target, examination));
      await this.#callsOf(signal, async (connection) => {
        await this.#session.round(connection, (step) => this.#stages.enter(step));
        this.#stages.finish();
        this.#board.change({ stages: this.#stages.stages });
        this.#setNextTry();
      });
    });
  }

  async #examine(visible: boolean, shown: boolean, signal: AbortSignal): Promise<Examination> {
    let askedAt: number | null = null;
    const examination = await examine(this.target, {
      pins: 'respect',
      fresh: visible,
      signal,
      onStep: (step) => {
        if (signal.aborted) return;
        if (step === 'registering') askedAt = this.target.clock.now();
        this.#stages.enter(stageOfStep[step]);
        const state = step === 'entitlement' ? 'resolving' : step;
        if (shown) this.#board.change({ state, stages: this.#stages.stages });
      },
    });
    if (signal.aborted) return examination;
    const { entitlement, latencyMs } = examination;
    if (entitlement) this.#session.noteOwnCall('entitlement', entitlement);
    const failure = latencyMs === null ? examination.failure : null;
    if (askedAt !== null) this.#session.noteOwnCall('serialNumber', { at: askedAt, latencyMs, failure });
    return examination;
  }

  /** Runs a person's decision: a try that runs is given up for it, another decision is waited for. */
  async #decide(decision: (signal: AbortSignal) => Promise<Problem | null>): Promise<Problem | null> {
    const failure = untriable(this.target);
    if (failure) return failure.problemFor(this.#release);
    while (this.#turn.isTaken) {
      if (!this.#turn.isDecision) this.#turn.giveUp();
      await this.#turn.done;
    }
    if (this.#stopped) return null;
    this.#schedule.cancel();
    let problem: Problem | null = null;
    await this.#turn.take('decision', async (signal) => {
      try {
        problem = await decision(signal);
      } catch (error) {
        if (!(error instanceof TrustStoreError)) throw error;
        problem = error.problem;
        this.#setNextTry();
      } finally {
        this.#trust.mark();
      }
    });
    const { state, session } = this.status;
    // The try that was given up for it, and that the decision did not replace.
    if (trying.has(state)) this.#try(true);
    // What was accepted is made use of at once.
    else if (standing.has(state) && !session.registered) this.#try(false);
    return problem;
  }

  /** An examination was all of the try, or of the decision. */
  #examined(examination: Examination): void {
    this.#certificate = examination.facts?.sha256 ?? '';
    this.#conclude(endingOf(this.target, examination));
    this.#setNextTry();
  }

  #conclude(ending: Ending): void {
    if (this.#stopped) return;
    const { state } = ending;
    if (state === 'dirty') this.#session.forget();
    else if (state !== 'connected' && state !== 'failed') this.#session.pause();
    this.#schedule.ended(state);
    this.#board.ended(ending, this.#stages.stages);
  }

  /** Makes calls to an EMS that is trusted, knows us and was accepted. A failure that reaches here ends the try. */
  async #callsOf(signal: AbortSignal, calls: (connection: ReturnType<typeof callOptions>) => Promise<void>) {
    try {
      await calls(callOptions(this.target, this.#certificate, signal));
    } catch (error) {
      if (!(error instanceof EmsFailure)) throw error;
      if (signal.aborted) return;
      this.#stages.stop();
      this.#conclude(brokenBy(this.target, error));
      this.#setNextTry();
    }
  }

  #fetchNotified(): void {
    if (!this.#stands) return;
    void this.#turn
      .take('try', (signal) => this.#callsOf(signal, (connection) => this.#session.fetchWanted(connection)))
      .then(() => {
        // The check that fell due meanwhile: its timer is spent, and there would never be another.
        const { nextTryAt } = this.status;
        if (nextTryAt !== null && nextTryAt <= this.target.clock.now()) this.#try(false);
      });
  }

  #endStages(outcome: Examination['outcome']): void {
    if (outcome === 'certificate-unknown-ca' || outcome === 'certificate-changed')
      this.#stages.enter('certificate');
    if (outcome === 'certificate-not-accepted') this.#stages.enter('acceptance');
    this.#stages.stop();
  }

  #setNextTry(): void {
    if (this.#stopped) return;
    const nextTryAt = this.#schedule.set(this.status.state, this.status.failure);
    if (nextTryAt !== this.status.nextTryAt) this.#board.change({ nextTryAt });
  }

  #trustChanged(): void {
    if (this.#stopped || this.#turn.isDecision) return;
    if (!this.#turn.isTaken) {
      this.#try(true);
      return;
    }
    this.#turn.giveUp();
    void this.#turn.done.then(() => this.#try(true));
  }
}

function plain(sha256: string): string {
  return sha256.replaceAll(':', '').toUpperCase();
}
