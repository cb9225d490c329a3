import type { Command } from 'commander';

/** The exit statuses that scripts rely on (docs/cli.md, Exit status). */
export const exitStatus = { healthy: 0, down: 1, usage: 2, interrupted: 130 } as const;

/**
 * Ends a command with this status and one line on standard error, followed by what a person may do about it. Nothing else
 * of an error reaches a user.
 */
export class CommandFailure extends Error {
  readonly status: number;
  readonly more: readonly string[];
  constructor(message: string, status: number = exitStatus.usage, more: readonly string[] = []) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

/** Each file in `bin/commands` exports one of these; it declares its verb and wires parts, it decides nothing. */
export type AddCommand = (program: Command) => void;
