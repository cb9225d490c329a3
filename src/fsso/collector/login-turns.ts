import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { firstLoginPause, loginsAtOnce, longestLoginPause } from './limits.ts';

/** The account is refused, and nobody logs in with it for a while. */
export class AccountHeld extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Lets questions log in one after another until a machine has taken the account, and few at once from then on: a password that
 * was changed is refused at most so often, which each time counts towards the lockout of the account. Once it is refused nobody
 * logs in for a while. Of an account that was taken, one machine may think otherwise, a device outside of the domain say: only
 * when a second one refuses it too it is the account (docs/cli.md, Workstation check; docs/protocol/windows.md, Polling).
 */
export class LoginTurns {
  readonly #clock: Clock;
  readonly #waiting: { go: () => void; giveUp: (held: AccountHeld) => void }[] = [];
  #busy = 0;
  /** The last machine that decided took it. */
  #isTaken = false;
  /** Some machine has taken it, and no second one has refused it since. */
  #isGood = false;
  #pause = firstLoginPause;
  #held: { readonly problem: Problem; readonly until: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why nobody logs in now; null where one may. */
  get problem(): Problem | null {
    return this.#held !== null && this.#clock.now() < this.#held.until ? this.#held.problem : null;
  }

  /** Waits for a turn; what it resolves with ends it. Rejects with AccountHeld, or the reason of the signal. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const { problem } = this;
    if (problem !== null) throw new AccountHeld(problem);
    if (this.#busy >= this.#most) await this.#wait(signal);
    else this.#busy += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#busy -= 1;
      this.#admit();
    };
  }

  /** A machine took the account. */
  accepted(): void {
    this.#isTaken = true;
    this.#isGood = true;
    this.#pause = firstLoginPause;
    this.#admit();
  }

  /** A machine refused the account. */
  refused(problem: Problem): void {
    this.#isTaken = false;
    if (this.#isGood) {
      this.#isGood = false;
      return;
    }
    // Those that were on their way when it was held say the same.
    if (this.problem !== null) return;
    this.#held = { problem, until: this.#clock.now() + this.#pause };
    this.#pause = Math.min(this.#pause * 2, longestLoginPause);
    for (const { giveUp } of this.#waiting.splice(0)) giveUp(new AccountHeld(problem));
  }

  get #most(): number {
    return this.#isTaken ? loginsAtOnce : 1;
  }

  #admit(): void {
    while (this.#busy < this.#most) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#busy += 1;
      next.go();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => signal.removeEventListener('abort', aborted);
    const one = {
      go: () => {
        leave();
        resolve();
      },
      giveUp: (held: AccountHeld) => {
        leave();
        reject(held);
      },
    };
    const aborted = () => {
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#waiting.push(one);
    return promise;
  }
}
