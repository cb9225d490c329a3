import type { Problem } from '../../../../problem.ts';

/** A poll took too long. */
export class PollLimit extends Error {
  override readonly name = 'PollLimit';
  readonly problem: Problem;

  constructor(ms: number) {
    const message = `the poll did not end within ${ms / 1000} s`;
    super(message);
    this.problem = {
      stage: 'poll',
      code: null,
      message,
      cause: 'The machine is overloaded, or answers get lost on the way.',
      fix: ['Look at its load, and at the network between it and the collector.', 'Poll it less often.'],
    };
  }
}

/** The Problem that an error carries; for one without, its message as it is. */
export function pollProblem(error: unknown, machine: string): Problem {
  const { problem, code, message } = error as Partial<{ problem: Problem; code: string; message: string }>;
  if (typeof problem === 'object' && problem !== null && typeof problem.message === 'string') return problem;
  return {
    stage: 'poll',
    code: code ?? null,
    message: (message ?? String(error)).split('\n', 1)[0] ?? '',
    cause: `The connection to ${machine} failed in a way that is not known here.`,
    fix: ['Try again with --log-level debug, and report the message.'],
  };
}
