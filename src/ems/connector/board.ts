import { EmsFailure } from '../diagnosis.ts';
import { type EmsTarget, targetText } from '../examine.ts';
import type { SessionStatus } from '../session/status.ts';
import type { Ending } from './ending.ts';
import { type ConnectorReport, type ConnectorStatus, firstStatus } from './report.ts';
import type { Stage } from './stages.ts';
import { standing } from './state-machine.ts';

/** What a connector shows of itself, and the reports of each change. Nothing is reported after `close`. */
export class ConnectorBoard {
  readonly #target: EmsTarget;
  readonly #report: (report: ConnectorReport) => void;
  #status: ConnectorStatus;
  #isClosed = false;

  constructor(
    target: EmsTarget,
    session: SessionStatus,
    stages: readonly Stage[],
    report: (report: ConnectorReport) => void,
  ) {
    this.#target = target;
    this.#report = report;
    this.#status = firstStatus(target, session, stages);
  }

  get status(): ConnectorStatus {
    return this.#status;
  }

  change(patch: Partial<ConnectorStatus>): void {
    if (this.#isClosed) return;
    const state = patch.state ?? this.#status.state;
    const since = state === this.#status.state ? this.#status.since : this.#target.clock.now();
    this.#status = { ...this.#status, ...patch, state, since };
    this.#report({ kind: 'status', status: this.#status });
  }

  tell(report: ConnectorReport): void {
    if (!this.#isClosed) this.#report(report);
  }

  /** A try ended. A failure that was shown already is no news. */
  ended({ state, failure, found }: Ending, stages: readonly Stage[]): void {
    const before = this.#status.failure;
    // A check alone says nothing about the age of the data.
    const shown = state === 'connected' ? standingOf(this.#status.session) : state;
    this.change({
      ...found,
      state: shown,
      stages,
      dirtyReason: state === 'dirty' ? 'mismatched-ems-sn' : null,
      failure: shown === 'out-of-sync' ? before : failure,
    });
    if (failure && (failure.fault !== before?.fault || failure.message !== before.message))
      this.tell({ kind: 'failure', failure });
  }

  /** The session moved; data that grew old, or were renewed, change the state of a connector that stands. */
  sessionMoved(session: SessionStatus): void {
    const { state } = this.#status;
    const now = standing.has(state) ? standingOf(session) : state;
    if (now === state) {
      this.change({ session });
      return;
    }
    const failure = now === 'out-of-sync' ? this.#outOfSync(session) : null;
    this.change({ session, state: now, failure });
    if (failure) this.tell({ kind: 'failure', failure });
  }

  close(): void {
    this.#isClosed = true;
  }

  #outOfSync({ calls }: SessionStatus): EmsFailure {
    const failed = calls.findLast((call) => !call.ok);
    const detail = failed?.problem?.message ?? 'no update came';
    return new EmsFailure('out-of-sync', { server: targetText(this.#target), detail });
  }
}

/** Connected, with data that are fresh or not. */
function standingOf({ outOfSyncSince }: SessionStatus): 'connected' | 'out-of-sync' {
  return outOfSyncSince === null ? 'connected' : 'out-of-sync';
}
