import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';

/** How long to wait for another process that writes, and between looks, in milliseconds. A write takes a few. */
const lockLimit = 5_000;
const lockEvery = 20;

/** Another process holds the lock and does not let go. */
export class LockError extends Error {
  readonly file: string;

  constructor(file: string) {
    super(`another process holds ${file}`);
    this.name = 'LockError';
    this.file = file;
  }
}

/**
 * Replaces a file so that a reader, or a power cut, finds either the old or the new content, whole. The file gets mode
 * 0600 unless told otherwise, its directory, where it is missing, 0700. Throws the system's error.
 */
export function replacePrivateFile(path: string, content: string, mode = 0o600): void {
  const target = followed(path);
  const directory = dirname(target);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${target}.${process.pid}.${randomUUID()}`;
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // The rename itself has to reach the disk too; some file systems refuse to sync a directory, and then it has to do.
  try {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {}
}

// A rename would replace a symbolic link by the file.
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Runs `action` while no other process runs one for the same file. The lock is a file `path.lock` that names its owner;
 * one whose owner has died is taken over. `action` must not wait for anything.
 * @throws LockError after five seconds
 */
export async function whileLocked<Result>(path: string, clock: Clock, action: () => Result): Promise<Result> {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = `${process.pid} ${hostname()} ${randomUUID()}`;
  const own = `${path}.${process.pid}.${randomUUID()}.lock`;
  const end = clock.now() + lockLimit;
  writeFileSync(own, mine, { mode: 0o600, flag: 'wx' });
  try {
    while (!linked(own, lock)) {
      if (releaseAbandoned(lock)) continue;
      if (clock.now() >= end) throw new LockError(lock);
      await new Promise<void>((resume) => clock.after(lockEvery, resume));
    }
    try {
      return action();
    } finally {
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

// A link appears together with the content that names its owner, which an exclusive open does not.
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function releaseAbandoned(lock: string): boolean {
  const owner = ownerOf(lock);
  if (owner === null) return true;
  const [pid, host] = owner.split(' ');
  if (host !== hostname() || lives(Number(pid))) return false;
  // Another process may have judged the same and hold the lock by now: what was moved away is looked at again.
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch {
    return true;
  }
  if (ownerOf(aside) !== owner) linked(aside, lock);
  rmSync(aside, { force: true });
  return true;
}

/** Null when the lock is gone. */
function ownerOf(lock: string): string | null {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
