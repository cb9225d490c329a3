import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `PID-RANDOM.sock`: the random part, because two containers may share a directory and a process id. */
const socketName = /^\d{1,10}-[0-9a-f]{8}\.sock$/;

/** The longest path that every system takes for a socket, in octets (`sun_path`: 104 on macOS, 108 on Linux, with its end). */
export const longestSocketPath = 103;

/** Why a directory cannot hold sockets that only we may use; one line. */
export class DirectoryError extends Error {}

/**
 * Makes the directory, mode 0700, where it is missing.
 * @throws DirectoryError where it is not ours, or others may enter it: a socket in it would prove nothing
 */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    const isOurs = found.isDirectory() && found.uid === process.getuid?.();
    if (!isOurs) throw new DirectoryError(`${path} is not a directory of this user`);
    if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof DirectoryError) throw error;
    throw new DirectoryError(`${path} cannot be made private (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The sockets in the directory, of live dashboards and of dead ones; none where it is missing, not ours or open to others. */
export function socketsIn(path: string): string[] {
  try {
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) return [];
    return readdirSync(path)
      .filter((name) => socketName.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}
