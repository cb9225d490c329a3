import type { Problem } from '../../problem.ts';
import { AccountHeld, type LoginTurns } from '../collector/login-turns.ts';
import { DirectoryFailure } from '../directory/failure.ts';
import { SmbFailure } from '../smb/failure.ts';
import { WsmanFailure } from '../wsman/failure.ts';
import { type Check, failed, type Need, problemOf, skipped, type WindowsCommand } from './check.ts';

/**
 * Logs in when the account has a turn, so that a wrong password is tried once and not at every machine. Rejects with AccountHeld
 * where it was refused before, or as `logIn`.
 */
export async function logInOnce<Session>(
  turns: LoginTurns,
  signal: AbortSignal,
  logIn: () => Promise<Session>,
): Promise<Session> {
  const end = await turns.take(signal);
  try {
    const session = await logIn();
    turns.accepted();
    return session;
  } catch (error) {
    if (isRefusal(error)) turns.refused(problemOf(error));
    throw error;
  } finally {
    end();
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof DirectoryFailure) return error.scope === 'login';
  return (error instanceof SmbFailure || error instanceof WsmanFailure) && error.scope === 'login';
}

export function loginFailed(
  check: string,
  error: unknown,
  neededBy: readonly Need[],
  runFor: (problem: Problem) => readonly WindowsCommand[],
): Check {
  return error instanceof AccountHeld
    ? skipped(
        check,
        'the login was refused, and each try counts towards the lockout of the account',
        neededBy,
      )
    : failed(check, error, neededBy, runFor);
}
