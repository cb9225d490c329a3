import type { Timer } from '../clock.ts';
import type { Problem } from '../problem.ts';
import { type ConnectorReport, type ConnectorStatus, firstStatus } from './connector-report.ts';
import type { Device } from './device.ts';
import { EmsFailure } from './diagnosis.ts';
import {
  callOptions,
  type EmsTarget,
  type Examination,
  examine,
  surroundingsOf,
  targetText,
  untriable,
} from './examine.ts';
import type { EmsProfile } from './profile.ts';
import { nextTryIn } from './schedule.ts';
import { EmsSession } from './session/session.ts';
import { StageLine } from './stages.ts';
import { standing, trying, undecidable } from './state-machine.ts';
import { TrustStoreError } from './trust.ts';

export type { ConnectorReport, ConnectorState, ConnectorStatus } from './connector-report.ts';

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
  readonly #report: (report: ConnectorReport) => void;
  readonly #release: string;
  readonly #device: Device;
  readonly #timing: EmsProfile['timers'];
  readonly #session: EmsSession;
  readonly #stages: StageLine;
  #status: ConnectorStatus;
  #timers: Timer[] = [];
  #retry: Timer | null = null;
  #failures = 0;
  /** SHA-256 of the certificate that the calls go to. */
  #certificate = '';
  #stopped = false;
  #unsubscribe: () => void = () => {};
  /** What a notification waits for: something else that runs, or the least pause. */
  #notified: Timer | null = null;
  #lastNotified = Number.NEGATIVE_INFINITY;
  /** What of the trust store concerned the last try. */
  #trusted = '';
  /** The try or the decision that runs; they never overlap. */
  #work: { abort: AbortController; done: Promise<unknown>; decision: boolean } | null = null;

  constructor(target: EmsTarget, release: string, report: (report: ConnectorReport) => void) {
    this.target = target;
    this.#release = release;
    this.#report = report;
    this.#device = target.device;
    this.#timing = this.#device.profile.timers;
    this.#stages = new StageLine(target.clock, target.type);
    this.#session = new EmsSession(this.#device, target.serial, target.clock, {
      changed: () => this.#sessionChanged(),
      inventory: (change) => this.#report({ kind: 'inventory', change }),
      failed: (failure, path) => this.#report({ kind: 'call-failed', failure, path }),
      recovered: (path) => this.#report({ kind: 'call-recovered', path }),
      notified: (tables) => {
        this.#report({ kind: 'notification', tables });
        this.#fetchNotified();
      },
      socketClosed: (code, reason, path) => this.#report({ kind: 'socket-closed', code, reason, path }),
    });
    this.#status = firstStatus(target, this.#session.status, this.#stages.stages);
  }

  get status(): ConnectorStatus {
    return this.#status;
  }

  /** The failure in the words of the configured release. */
  get problem(): Problem | null {
    return this.#status.failure?.problemFor(this.#release) ?? null;
  }

  /** Begins to try; returns at once. Called once. */
  start(): void {
    const { trust, clock } = this.target;
    const failure = untriable(this.target);
    if (failure) {
      const disabled = failure.fault === 'disabled';
      this.#change({ state: disabled ? 'disabled' : 'failed', failure: disabled ? null : failure });
      if (!disabled) this.#report({ kind: 'failure', failure });
      return;
    }
    this.#unsubscribe = trust.onChange(() => this.#trustChanged());
    this.#timers.push(clock.every(this.#timing.trustStoreEvery, () => trust.refresh()));
    this.#try(true);
  }

  /** Closes every socket and timer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#retry?.cancel();
    this.#notified?.cancel();
    for (const timer of this.#timers) timer.cancel();
    this.#work?.abort.abort();
    this.#session.close();
    await this.#work?.done;
  }

  /** Tries now; resolves when that try has ended. */
  async refresh(): Promise<Problem | null> {
    if (this.#stopped) return null;
    const failure = untriable(this.target);
    if (failure) return failure.problemFor(this.#release);
    this.target.trust.refresh();
    if (!this.#work) this.#try(true);
    await this.#work?.done;
    if (this.#status.state === 'certificate-not-accepted') return this.#notAccepted().problem;
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
        this.#apply(examination);
        this.#schedule();
        return failure?.problemFor(this.#release) ?? null;
      }
      if (plain(facts.sha256) !== plain(sha256)) {
        const verdict = this.target.trust.matches(this.target.name, facts, this.target.pinMode);
        this.#apply(verdict === 'changed' ? { ...examination, outcome: 'certificate-changed' } : examination);
        this.#schedule();
        return this.#failure('other-certificate', facts.sha256).problem;
      }
      await this.target.trust.accept(this.target.name, facts, this.target.pinMode, {
        server: targetText(this.target),
        serialNumber: examination.serialNumber,
      });
      if (this.#stopped) return null;
      this.#report({ kind: 'verified', sha256: facts.sha256 });
      this.#apply({ ...examination, outcome: 'connected', pinned: true });
      this.#schedule();
      return null;
    });
  }

  /** Removes the connector's pin, if it has one, and waits for a person. Null when that worked. */
  reject(): Promise<Problem | null> {
    return this.#decide(async () => {
      const had = await this.target.trust.forget(this.target.name);
      if (this.#stopped) return null;
      if (had) this.#report({ kind: 'unverified' });
      this.#session.pause();
      const { state } = this.#status;
      if (this.#status.trusted && !undecidable.has(state)) {
        this.#change({ state: 'certificate-not-accepted', pinned: false, failure: this.#notAccepted() });
      } else {
        this.#change({ pinned: false });
      }
      this.#schedule();
      return null;
    });
  }

  #try(visible: boolean): void {
    if (this.#stopped || this.#work) return;
    this.#retry?.cancel();
    this.#trusted = this.#trustKey();
    // A connected EMS stays so while it is checked, and a failed one while it is retried: no flicker.
    const shown = visible && !standing.has(this.#status.state);
    if (this.#status.nextTryAt !== null) this.#change({ nextTryAt: null });
    this.#run(false, async (signal) => {
      const asked = { at: 0 };
      const examination = await examine(this.target, {
        pins: 'respect',
        fresh: visible,
        signal,
        onStep: (step) => {
          if (this.#stopped || signal.aborted) return;
          if (step === 'registering') asked.at = this.target.clock.now();
          this.#stages.enter(stageOfStep[step]);
          const state = step === 'entitlement' ? 'resolving' : step;
          if (shown) this.#change({ state, stages: this.#stages.stages });
        },
      });
      if (signal.aborted) return;
      const { outcome, facts, failure, latencyMs, entitlement } = examination;
      if (entitlement) this.#session.noteOwnCall('entitlement', entitlement);
      if (asked.at > 0)
        this.#session.noteOwnCall('serialNumber', {
          at: asked.at,
          latencyMs,
          failure: latencyMs === null ? failure : null,
        });
      if (outcome === 'connected' && facts) {
        this.#apply(examination);
        await this.#converse(facts.sha256, signal);
      } else {
        this.#endStages(examination);
        this.#apply(examination);
        this.#schedule();
      }
    });
  }

  /** Runs a person's decision: a try that runs is given up for it, another decision is waited for. */
  async #decide(decision: (signal: AbortSignal) => Promise<Problem | null>): Promise<Problem | null> {
    const failure = untriable(this.target);
    if (failure) return failure.problemFor(this.#release);
    while (this.#work) {
      if (!this.#work.decision) this.#work.abort.abort();
      await this.#work.done;
    }
    if (this.#stopped) return null;
    this.#retry?.cancel();
    let problem: Problem | null = null;
    const done = this.#run(true, async (signal) => {
      try {
        problem = await decision(signal);
      } catch (error) {
        if (!(error instanceof TrustStoreError)) throw error;
        problem = error.problem;
        this.#schedule();
      } finally {
        this.#trusted = this.#trustKey();
      }
    });
    await done;
    // The try that was given up for it, and that the decision did not replace.
    if (trying.has(this.#status.state)) this.#try(true);
    // What was accepted is made use of at once.
    else if (standing.has(this.#status.state) && !this.#status.session.registered) this.#try(false);
    return problem;
  }

  #run(decision: boolean, action: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = (async () => {
      try {
        await action(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        this.#work = null;
      }
    })();
    this.#work = { abort, done, decision };
    return done;
  }

  #apply(examination: Examination): void {
    if (this.#stopped) return;
    this.#certificate = examination.facts?.sha256 ?? '';
    const { outcome, chain, serialNumber, latencyMs, ...found } = examination;
    if (outcome === 'dirty') this.#session.forget();
    else if (outcome !== 'connected' && outcome !== 'failed') this.#session.pause();
    const before = this.#status.failure;
    const failure =
      outcome === 'certificate-not-accepted'
        ? this.#notAccepted()
        : outcome === 'certificate-changed' && !found.failure
          ? this.#failure('pin-changed', `accepted another than ${found.facts?.sha256 ?? ''}`)
          : found.failure;
    this.#failures = outcome === 'failed' ? this.#failures + 1 : 0;
    // A check alone says nothing about the age of the data.
    const state = outcome === 'connected' ? this.#standing() : outcome;
    this.#change({
      state,
      stages: this.#stages.stages,
      dirtyReason: outcome === 'dirty' ? 'mismatched-ems-sn' : null,
      // What was seen last stays on screen while the server cannot be reached.
      ...(chain.length > 0
        ? {
            chain,
            chainIncomplete: found.chainIncomplete,
            trusted: found.trusted,
            pinned: found.pinned,
            hostMatches: found.hostMatches,
          }
        : {}),
      ...(serialNumber === null ? {} : { serialNumber, latencyMs }),
      ...(outcome === 'connected' ? { lastSuccess: this.target.clock.now() } : {}),
      failure: state === 'out-of-sync' ? this.#status.failure : failure,
    });
    if (failure && (failure.fault !== before?.fault || failure.message !== before.message))
      this.#report({ kind: 'failure', failure });
  }

  /** Everything that follows once EMS is trusted, knows us and was accepted. */
  async #converse(certificate: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#session.round(callOptions(this.target, certificate, signal), (step) =>
        this.#stages.enter(step),
      );
      this.#stages.finish();
      this.#change({ stages: this.#stages.stages });
      this.#schedule();
    } catch (error) {
      if (!(error instanceof EmsFailure)) throw error;
      if (!signal.aborted) this.#broken(error);
    }
  }

  /** EMS said that something changed: it is fetched at once, or after what runs and the least pause. */
  #fetchNotified(): void {
    if (this.#stopped || this.#notified || !standing.has(this.#status.state)) return;
    const { clock } = this.target;
    const wait = this.#lastNotified + this.#timing.notifiedFetchEvery - clock.now();
    const again = () => {
      this.#notified = null;
      this.#fetchNotified();
    };
    if (this.#work) {
      this.#notified = { cancel: () => undefined };
      void this.#work.done.then(again);
      return;
    }
    if (wait > 0) {
      this.#notified = clock.after(wait, again);
      return;
    }
    this.#lastNotified = clock.now();
    void this.#run(false, async (signal) => {
      try {
        await this.#session.fetchWanted(callOptions(this.target, this.#certificate, signal));
      } catch (error) {
        if (!(error instanceof EmsFailure)) throw error;
        if (!signal.aborted) this.#broken(error);
      }
    }).then(() => this.#catchUp());
  }

  /** The check that fell due while something else ran: its timer is spent, and there would never be another. */
  #catchUp(): void {
    const { nextTryAt } = this.#status;
    if (nextTryAt !== null && nextTryAt <= this.target.clock.now()) this.#try(false);
  }

  /** A call after the acceptance failed in a way that ends the try. */
  #broken(broken: EmsFailure): void {
    if (this.#stopped) return;
    const failure = broken.in(surroundingsOf(this.target));
    const before = this.#status.failure;
    this.#stages.stop();
    const state =
      failure.fault === 'not-authorized'
        ? 'pending-authorization'
        : failure.fault === 'serial-changed'
          ? 'dirty'
          : 'failed';
    if (state === 'dirty') this.#session.forget();
    else if (state !== 'failed') this.#session.pause();
    this.#failures = state === 'failed' ? this.#failures + 1 : 0;
    const dirtyReason = state === 'dirty' ? 'mismatched-ems-sn' : null;
    this.#change({ state, failure, dirtyReason, stages: this.#stages.stages });
    if (failure.fault !== before?.fault || failure.message !== before.message)
      this.#report({ kind: 'failure', failure });
    this.#schedule();
  }

  #endStages({ outcome }: Examination): void {
    if (outcome === 'certificate-unknown-ca' || outcome === 'certificate-changed')
      this.#stages.enter('certificate');
    if (outcome === 'certificate-not-accepted') this.#stages.enter('acceptance');
    this.#stages.stop();
  }

  /** Connected, with data that are fresh or not. */
  #standing(): 'connected' | 'out-of-sync' {
    return this.#session.status.outOfSyncSince === null ? 'connected' : 'out-of-sync';
  }

  #sessionChanged(): void {
    const session = this.#session.status;
    const { state } = this.#status;
    const now = standing.has(state) ? this.#standing() : state;
    if (now === state) {
      this.#change({ session });
      return;
    }
    const failed = session.calls.findLast((call) => !call.ok);
    const failure =
      now === 'out-of-sync'
        ? new EmsFailure('out-of-sync', {
            server: targetText(this.target),
            detail: failed?.problem?.message ?? 'no update came',
          })
        : null;
    this.#change({ session, state: now, failure });
    if (failure) this.#report({ kind: 'failure', failure });
  }

  #schedule(): void {
    this.#retry?.cancel();
    const { state, failure } = this.#status;
    const wait = nextTryIn(state, failure, this.#failures, this.#timing);
    if (this.#stopped) return;
    if (wait !== null) this.#retry = this.target.clock.after(wait, () => this.#try(false));
    const nextTryAt = wait === null ? null : this.target.clock.now() + wait;
    if (nextTryAt !== this.#status.nextTryAt) this.#change({ nextTryAt });
  }

  #trustChanged(): void {
    if (this.#stopped || this.#work?.decision || this.#trustKey() === this.#trusted) return;
    const running = this.#work;
    running?.abort.abort();
    if (running) void running.done.then(() => this.#try(true));
    else this.#try(true);
  }

  #trustKey(): string {
    const { trust, name } = this.target;
    const cas = trust.cas().map((der) => der.toString('latin1'));
    // The tenant is kept with a pin once it is known, and decides nothing.
    const pin = trust.pin(name);
    return JSON.stringify([pin && { ...pin, tenantId: null }, ...cas]);
  }

  #notAccepted(): EmsFailure {
    return this.#failure('not-accepted');
  }

  #failure(fault: 'not-accepted' | 'other-certificate' | 'pin-changed', detail?: string): EmsFailure {
    const failure = new EmsFailure(fault, {
      server: targetText(this.target),
      ...(detail ? { detail } : {}),
    });
    return failure.in(surroundingsOf(this.target));
  }

  #change(patch: Partial<ConnectorStatus>): void {
    if (this.#stopped) return;
    const state = patch.state ?? this.#status.state;
    const since = state === this.#status.state ? this.#status.since : this.target.clock.now();
    this.#status = { ...this.#status, ...patch, state, since };
    this.#report({ kind: 'status', status: this.#status });
  }
}

function plain(sha256: string): string {
  return sha256.replaceAll(':', '').toUpperCase();
}
