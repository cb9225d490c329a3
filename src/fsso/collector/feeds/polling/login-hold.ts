import type { Clock } from '../../../../clock.ts';
import type { Problem } from '../../../../problem.ts';

/** Milliseconds in which nobody tries a login again that was wrong: a hundred controllers would lock the account. */
export const holdFor = 300_000;

/** STATUS_LOGON_FAILURE and STATUS_WRONG_PASSWORD: what counts towards a lockout. */
const wrongLogin: ReadonlySet<unknown> = new Set([0xc000006d, 0xc000006a]);

/** What one controller found out about an account, for all that are polled with it. */
export class LoginHold {
  readonly #clock: Clock;
  #held: { readonly problem: Problem; readonly until: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why nobody is to log in now; null where one may. */
  get problem(): Problem | null {
    return this.#held !== null && this.#clock.now() < this.#held.until ? this.#held.problem : null;
  }

  /** Notes a login that was refused because of the password; other failures change nothing. */
  note(error: unknown, problem: Problem): void {
    if (wrongLogin.has((error as { status?: unknown }).status))
      this.#held = { problem, until: this.#clock.now() + holdFor };
  }

  /** A login went well. */
  clear(): void {
    this.#held = null;
  }
}
