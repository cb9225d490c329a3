import type { Problem } from '../../problem.ts';

/**
 * Whom a failure concerns: `server`, another server of the directory may do better; `login`, every server would say the
 * same, and each try counts towards the lockout of the account; `question`, this one search only.
 */
export type FailureScope = 'server' | 'login' | 'question';

/** What every promise of a directory rejects with. Texts in it are safe to show. */
export class DirectoryFailure extends Error {
  override readonly name = 'DirectoryFailure';
  readonly problem: Problem;
  readonly scope: FailureScope;
  /** The server, or the way to it, ended a connection that had been good. */
  readonly isLoss: boolean;

  constructor(problem: Problem, scope: FailureScope, isLoss: boolean) {
    super(problem.message);
    this.isLoss = isLoss;
    this.problem = problem;
    this.scope = scope;
  }
}
