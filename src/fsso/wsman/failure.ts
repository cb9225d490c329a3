import type { Problem } from '../../problem.ts';

/**
 * Whom a failure concerns: `server`, it may be over in a while; `login`, each further try counts towards the lockout of the
 * account; `question`, this one request only; `context`, an enumeration or subscription that has to be begun again.
 */
export type WsmanScope = 'server' | 'login' | 'question' | 'context';

interface FailureFacts {
  readonly kind?: string | null;
  readonly windows?: number | null;
  readonly isLoss?: boolean;
}

/** What every promise of a client of WS-Management rejects with. Texts in it are safe to show, and name no secret. */
export class WsmanFailure extends Error {
  override readonly name = 'WsmanFailure';
  readonly problem: Problem;
  readonly scope: WsmanScope;
  /** Kind of the fault that the server sent (`TimedOut`), without prefix; null for what is no fault. */
  readonly kind: string | null;
  /** Windows' own number in that fault; null where it has none. */
  readonly windows: number | null;
  /** A connection that had been good has ended, or its login has: another one may do. */
  readonly isLoss: boolean;

  constructor(
    problem: Problem,
    scope: WsmanScope,
    { kind = null, windows = null, isLoss = false }: FailureFacts = {},
  ) {
    super(problem.message);
    this.problem = problem;
    this.scope = scope;
    this.kind = kind;
    this.windows = windows;
    this.isLoss = isLoss;
  }

  /**
   * STATUS_LOGON_FAILURE where the login was refused, which is all that HTTP tells, and null otherwise: whoever polls with the
   * account elsewhere has to know that tries count.
   */
  get status(): number | null {
    return this.scope === 'login' && this.problem.stage === 'authentication' ? 0xc000006d : null;
  }
}
