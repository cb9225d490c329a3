import type { Clock, Timer } from '../../clock.ts';
import type { EmsFailure } from '../diagnosis.ts';
import type { EmsProfile } from '../profile.ts';
import type { ConnectorState } from './report.ts';
import { standing } from './state-machine.ts';

/** A person has to do something, and the EMS is there as long as nobody says otherwise. */
const waiting: ReadonlySet<ConnectorState> = new Set(['certificate-unknown-ca', 'certificate-not-accepted']);

/** The next try by itself, if there is to be one. */
export class Schedule {
  readonly #clock: Clock;
  readonly #timing: EmsProfile['timers'];
  readonly #due: () => void;
  #timer: Timer | null = null;
  #failures = 0;

  constructor(clock: Clock, timing: EmsProfile['timers'], due: () => void) {
    this.#clock = clock;
    this.#timing = timing;
    this.#due = due;
  }

  /** A try ended, or a person decided: failures in a row are waited for longer and longer. */
  ended(state: ConnectorState): void {
    this.#failures = state === 'failed' ? this.#failures + 1 : 0;
  }

  /**
   * Sets the next try in place of the one before. Returns when it is due, milliseconds since the epoch; null where only a change
   * or a person starts one, although an EMS that waits for a person is looked at again.
   */
  set(state: ConnectorState, failure: EmsFailure | null): number | null {
    this.cancel();
    const wait = nextTryIn(state, failure, this.#failures, this.#timing);
    if (wait !== null) {
      this.#timer = this.#clock.after(wait, this.#due);
      return this.#clock.now() + wait;
    }
    // It waits for a person, and not for this: but an EMS that is gone meanwhile is to be told.
    if (waiting.has(state)) this.#timer = this.#clock.after(this.#timing.checkEvery, this.#due);
    return null;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/**
 * Milliseconds until the next try by itself, null where only a change or a person starts one (docs/protocol/ems.md,
 * Timers). `failures` counts those in a row.
 */
function nextTryIn(
  state: ConnectorState,
  failure: EmsFailure | null,
  failures: number,
  { checkEvery, retryUnauthorized, retryAfter }: EmsProfile['timers'],
): number | null {
  if (standing.has(state)) return checkEvery;
  if (state === 'pending-authorization') return retryUnauthorized;
  if (state !== 'failed') return null;
  if (failure?.problem.code === -7 || failure?.fault === 'cloud-certificate') return null;
  if (failure?.problem.code === -8) return retryUnauthorized;
  const wait = retryAfter[Math.min(Math.max(failures, 1), retryAfter.length) - 1] ?? checkEvery;
  return Math.max(wait, failure?.retryAfterMs ?? 0);
}
