import { LockError } from '../private-file.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';

/** The trust store cannot be read or written. What was in it is left alone. */
export class TrustStoreError extends Error {
  readonly problem: Problem;

  constructor(path: string, code: string | null, reason: string, fix: readonly string[]) {
    const message = `Trust store ${safeText(path)} ${reason}.`;
    super(message);
    this.name = 'TrustStoreError';
    this.problem = {
      stage: 'trust store',
      code,
      message,
      cause: 'Nothing was read from it and nothing was changed in it.',
      fix,
    };
  }
}

/** The store at `path`, or a file of it, could not be read: the system's error in our words. */
export function unreadable(path: string, error: unknown): TrustStoreError {
  const code = (error as NodeJS.ErrnoException).code ?? null;
  return new TrustStoreError(path, code, `cannot be read (${code ?? 'unknown reason'})`, [
    'Let the user that runs fabrictop read the file and its directory.',
  ]);
}

/** The store at `path`, or a file of it, could not be written. */
export function unwritable(path: string, error: unknown): TrustStoreError {
  if (error instanceof LockError)
    return new TrustStoreError(path, 'EBUSY', `is held by another process (${safeText(error.file)})`, [
      'Wait for it to end; remove that lock file if no fabrictop runs.',
    ]);
  const code = (error as NodeJS.ErrnoException).code ?? null;
  return new TrustStoreError(path, code, `cannot be written (${code ?? 'unknown reason'})`, [
    'Let the user that runs fabrictop write to its directory, and check that the disk has room.',
  ]);
}
