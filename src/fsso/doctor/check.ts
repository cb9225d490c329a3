import type { Problem } from '../../problem.ts';
import type { PollMode } from '../windows/reading.ts';

/** What a check is needed for: a way of polling, or the look-up of groups. */
export type Need = PollMode | 'groups';

/** `warning`: it works, and something about it is not as it should be; `skipped`: what it builds on failed. */
export type CheckVerdict = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was tried, and what came of it. Texts are safe. */
export interface Check {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** What was found, one line. */
  readonly detail: string;
  readonly neededBy: readonly Need[];
  /** Why, and what to do; null where nothing has to be done. */
  readonly problem: Problem | null;
}

/** Whether a way of polling works there; `because` names the checks that speak against it. */
export interface Readiness {
  readonly mode: Need;
  readonly isReady: boolean;
  readonly because: readonly string[];
}

export function good(check: string, detail: string, neededBy: readonly Need[]): Check {
  return { check, verdict: 'ok', detail, neededBy, problem: null };
}

export function warned(check: string, detail: string, neededBy: readonly Need[], problem: Problem): Check {
  return { check, verdict: 'warning', detail, neededBy, problem };
}

export function skipped(check: string, because: string, neededBy: readonly Need[]): Check {
  return { check, verdict: 'skipped', detail: `not tried: ${because}`, neededBy, problem: null };
}

/** From what a layer threw; an error without a Problem is a fault of this program and is thrown on. */
export function failed(check: string, error: unknown, neededBy: readonly Need[]): Check {
  const problem = problemOf(error);
  return { check, verdict: 'failed', detail: problem.message, neededBy, problem };
}

export function problemOf(error: unknown): Problem {
  const { problem } = error as { problem?: Problem };
  if (problem === undefined) throw error;
  return problem;
}

/** The ways that the checks decide about, each ready where none of the checks that it needs failed or was left out. */
export function readinessOf(modes: readonly Need[], checks: readonly Check[]): Readiness[] {
  return modes.map((mode) => {
    const against = checks.filter(
      ({ neededBy, verdict }) => neededBy.includes(mode) && (verdict === 'failed' || verdict === 'skipped'),
    );
    return { mode, isReady: against.length === 0, because: against.map(({ check }) => check) };
  });
}
