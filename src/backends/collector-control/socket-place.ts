import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DirectoryError, longestSocketPath } from '../control/directory.ts';
import { removeStaleSocket } from '../control/private-socket.ts';

/**
 * Makes a path ready for a control socket: its directory is made where it is missing, and the socket of a collector that was killed is
 * removed.
 * @throws DirectoryError where the socket could be replaced by others, or something stands there; one line
 */
export async function prepareSocketPlace(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath)
    throw new DirectoryError(`${path} is too long for a socket: at most ${longestSocketPath} octets`);
  const directory = dirname(path);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Through links: that of a service with a user of its own is one.
    const { mode, uid } = statSync(directory);
    const isOurs = uid === process.getuid?.() || uid === 0;
    const isShared = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
    if (!isOurs || isShared) throw new DirectoryError(`${directory} is a directory that others may change`);
  } catch (error) {
    if (error instanceof DirectoryError) throw error;
    throw new DirectoryError(`${directory} cannot be used (${(error as NodeJS.ErrnoException).code})`);
  }
  const found = await removeStaleSocket(path);
  if (found === 'listener') throw new DirectoryError(`${path} is in use: a collector runs there`);
  if (found === 'not-a-socket') throw new DirectoryError(`${path} is there already, and no socket`);
  if (found === 'unknown') throw new DirectoryError(`${path} is there already, and cannot be looked at`);
}
