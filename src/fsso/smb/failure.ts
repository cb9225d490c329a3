import type { Problem } from '../../problem.ts';

/**
 * Whom a failure concerns: `server`, the machine or the way to it; `login`, trying again says the same and counts towards the
 * lockout of the account; `question`, this one request only, and the session goes on.
 */
export type SmbScope = 'server' | 'login' | 'question';

/** What every promise of a session rejects with, but for the reason of a signal. Texts in it are safe to show. */
export class SmbFailure extends Error {
  override readonly name = 'SmbFailure';
  readonly problem: Problem;
  readonly scope: SmbScope;
  /** NTSTATUS; null where the machine gave none. */
  readonly status: number | null;

  constructor(problem: Problem, scope: SmbScope, status: number | null = null) {
    super(problem.message);
    this.problem = problem;
    this.scope = scope;
    this.status = status;
  }
}
