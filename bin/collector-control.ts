import { resolve } from 'node:path';
import type { CollectorControl, CollectorControlOptions } from '../src/backends/collector-control/server.ts';
import type { Clock } from '../src/clock.ts';
import { safeText } from '../src/safe-text.ts';
import { WriteGuard } from '../src/verbs.ts';
import { CommandFailure, exitStatus } from './cli.ts';

/** What the command line names counts from where we are, what the configuration names from its file. */
export function controlPath(
  option: string | undefined,
  key: string | undefined,
  directory: string,
): string | null {
  if (option !== undefined) return resolve(option);
  return key === undefined ? null : resolve(directory, key);
}

/**
 * Opens the control socket of a collector; null where none is wanted.
 * @throws CommandFailure where it cannot be had
 */
export async function openControl(
  path: string | null,
  served: Pick<CollectorControlOptions, 'collector' | 'reload'>,
  write: boolean,
  clock: Clock,
): Promise<CollectorControl | null> {
  if (path === null) return null;
  const { serveCollectorControl } = await import('../src/backends/collector-control/server.ts');
  const { DirectoryError } = await import('../src/backends/control/directory.ts');
  try {
    return await serveCollectorControl({ ...served, path, guard: new WriteGuard(write), clock });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof DirectoryError) && code === undefined) throw error;
    const why = error instanceof DirectoryError ? message : `${path} cannot be listened on (${code})`;
    throw new CommandFailure(`control socket: ${safeText(why)}`, exitStatus.down);
  }
}
