import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../src/config/error.ts';
import { stateDirectory } from '../src/config/paths.ts';
import { safeText } from '../src/safe-text.ts';
import { CommandFailure, exitStatus } from './cli.ts';
import { buildProgram, runProgram } from './program.ts';

/** Keeps what a developer needs of an unexpected error; says where, or null when it could not be written. */
function keepDetails(error: unknown): string | null {
  const directory = stateDirectory(process.env);
  const file = join(directory, 'errors.log');
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    appendFileSync(file, `${new Date().toISOString()} ${process.argv.slice(2).join(' ')}\n${details}\n\n`, {
      mode: 0o600,
    });
    return file;
  } catch {
    return null;
  }
}

/** An error as a user sees it: the lines for standard error, and the exit status. */
export function explain(
  error: unknown,
  keep: (error: unknown) => string | null,
): { lines: string[]; status: number } {
  if (error instanceof CommandFailure) return { lines: [error.message, ...error.more], status: error.status };
  if (error instanceof ConfigError) return { lines: [...error.lines], status: exitStatus.usage };
  const message = safeText(error instanceof Error ? error.message : String(error)).slice(0, 300);
  const file = keep(error);
  const where = file === null ? 'no log could be written' : `details are in ${file}`;
  return { lines: [`unexpected error: ${message} (${where})`], status: exitStatus.down };
}

function end(error: unknown): never {
  const { lines, status } = explain(error, keepDetails);
  // Written at once on Linux and macOS, also to a pipe, so that leaving right after loses nothing.
  process.stderr.write(lines.map((line) => `fabrictop: ${line}\n`).join(''));
  // A failed command may have left a socket open, which would keep the process alive.
  process.exit(status);
}

/**
 * Runs the program and settles how it ends: whatever goes wrong is one line on standard error and an exit status
 * (docs/cli.md, Exit status). Long-running commands handle signals themselves; when one does, this does not.
 */
export async function run(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has seen enough (`fabrictop fsso list | head`): that is no failure of ours.
      if (error.code === 'EPIPE') process.exit();
      end(error);
    });
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') === 1) process.exit(exitStatus.interrupted);
  });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      if (process.listenerCount(event) === 1) end(error);
    });
  try {
    await runProgram(buildProgram(), argv);
  } catch (error) {
    end(error);
  }
}
