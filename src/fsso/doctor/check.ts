import type { Problem } from '../../problem.ts';
import type { PollMode } from '../windows/reading.ts';

/** What a check is needed for: a way of polling, groups, verdicts on NTLM answers, or workstations that are asked. */
export type Need = PollMode | 'groups' | 'ntlm' | 'workstation-check';

/**
 * `warning`: it works, and something about it is not as it should be; `unknown`: it could not be read, and what to do is said;
 * `skipped`: what it builds on failed.
 */
export type CheckVerdict = 'ok' | 'warning' | 'failed' | 'unknown' | 'skipped';

/** What mends it, or shows how it is, to be typed in PowerShell by an administrator. */
export interface WindowsCommand {
  /** The machine, or `a domain controller` where it does not matter which. */
  readonly on: string;
  readonly command: string;
}

/** One thing that was tried, and what came of it. Texts are safe. */
export interface Check {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** What was found, one line. */
  readonly detail: string;
  readonly neededBy: readonly Need[];
  /** Why, and what to do; null where nothing has to be done. */
  readonly problem: Problem | null;
  readonly run: readonly WindowsCommand[];
}

/** Takes checks as they are made, so that what was found stands when the time runs out. */
export type Add = (...checks: readonly Check[]) => void;

/** Whether what is needed works there; `because` names the checks that speak against it. */
export interface Readiness {
  readonly mode: Need;
  readonly isReady: boolean;
  readonly because: readonly string[];
}

export function good(check: string, detail: string, neededBy: readonly Need[]): Check {
  return { check, verdict: 'ok', detail, neededBy, problem: null, run: [] };
}

export function warned(
  check: string,
  detail: string,
  neededBy: readonly Need[],
  problem: Problem,
  run: readonly WindowsCommand[] = [],
): Check {
  return { check, verdict: 'warning', detail, neededBy, problem, run };
}

export function unknown(
  check: string,
  detail: string,
  neededBy: readonly Need[],
  problem: Problem | null,
  run: readonly WindowsCommand[],
): Check {
  return { check, verdict: 'unknown', detail, neededBy, problem, run };
}

export function skipped(check: string, because: string, neededBy: readonly Need[]): Check {
  return { check, verdict: 'skipped', detail: `not tried: ${because}`, neededBy, problem: null, run: [] };
}

export function refused(
  check: string,
  problem: Problem,
  neededBy: readonly Need[],
  run: readonly WindowsCommand[] = [],
): Check {
  return { check, verdict: 'failed', detail: problem.message, neededBy, problem, run };
}

/** From what a layer threw; an error without a Problem is a fault of this program and is thrown on. */
export function failed(
  check: string,
  error: unknown,
  neededBy: readonly Need[],
  runFor: (problem: Problem) => readonly WindowsCommand[] = () => [],
): Check {
  const problem = problemOf(error);
  return refused(check, problem, neededBy, runFor(problem));
}

export function problemOf(error: unknown): Problem {
  const { problem } = error as { problem?: Problem };
  if (problem === undefined) throw error;
  return problem;
}

/** Each ready where none of the checks that it needs failed or was left out. What is not known speaks against nothing. */
export function readinessOf(modes: readonly Need[], checks: readonly Check[]): Readiness[] {
  return modes.map((mode) => {
    const against = checks.filter(
      ({ neededBy, verdict }) => neededBy.includes(mode) && (verdict === 'failed' || verdict === 'skipped'),
    );
    return { mode, isReady: against.length === 0, because: against.map(({ check }) => check) };
  });
}

/** Says each thing once that several ways found: what one of them saw counts more than what another did not. */
export function withoutRepeats(checks: readonly Check[]): Check[] {
  const order: readonly CheckVerdict[] = ['failed', 'ok', 'warning', 'unknown', 'skipped'];
  return [...Map.groupBy(checks, ({ check }) => check).values()].map((same) => {
    const [best] = [...same].sort((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
    const needs = same.filter(({ verdict }) => verdict !== 'skipped').flatMap(({ neededBy }) => neededBy);
    const shown = best as Check;
    return { ...shown, neededBy: needs.length === 0 ? shown.neededBy : [...new Set(needs)] };
  });
}
