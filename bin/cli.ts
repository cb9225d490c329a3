import type { Command } from 'commander';

/** The exit statuses that scripts rely on (docs/cli.md, Exit status). */
export const exitStatus = { healthy: 0, down: 1, usage: 2, interrupted: 130 } as const;

/** Ends a command with one line on standard error and this status. Nothing else of an error reaches a user. */
export class CommandFailure extends Error {
  readonly status: number;
  constructor(message: string, status: number = exitStatus.usage) {
    super(message);
    this.status = status;
  }
}

/** Each file in `bin/commands` exports one of these; it declares its verb and wires parts, it decides nothing. */
export type AddCommand = (program: Command) => void;
