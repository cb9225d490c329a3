import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { access, constants, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { safeText } from '../safe-text.ts';
import { ConfigError } from './error.ts';

const codeReasons: Record<string, string> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your disk quota is used up',
};

function reasonOf(error: unknown): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return codeReasons[code] ?? code;
}

/** Why the configuration file cannot be rewritten by us; null when nothing speaks against it. */
export async function whyNotRewritten(path: string): Promise<string | null> {
  try {
    const target = await realpath(path);
    await access(target, constants.W_OK);
    await access(dirname(target), constants.W_OK);
    const { uid } = await stat(target);
    const own = process.getuid?.() ?? uid;
    return own === 0 || own === uid ? null : 'The configuration file belongs to another user';
  } catch (error) {
    return `The configuration file cannot be changed: ${reasonOf(error)}`;
  }
}

/** The text of the file as it is, a byte order mark included, so that it can be written back unchanged. */
export async function readForEdit(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
}

/**
 * Replaces the text of a configuration file, so that a reader, a power cut or a full disk leaves either the old or the new
 * text, whole. Mode and owner stay, and a symbolic link stays one.
 * @param before what the file has to hold still: someone else's change is never overwritten
 * @throws ConfigError with one line; the file is then as it was
 */
export async function rewriteConfig(path: string, before: string, after: string): Promise<void> {
  const fail = (reason: string) => new ConfigError([`${safeText(path)}: not changed: ${reason}`]);
  let temporary: string | null = null;
  try {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    const name = `${target}.${process.pid}.${randomUUID()}`;
    // Nobody else may read it before it has the mode of the old one.
    const file = await open(name, 'wx', 0o600);
    temporary = name;
    try {
      await file.writeFile(after);
      await keepOwner(file, uid, gid);
      await file.chmod(mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    if ((await readForEdit(target)) !== before) throw fail('it was changed by someone else meanwhile');
    await rename(name, target);
    temporary = null;
    await syncDirectory(dirname(target));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw fail(reasonOf(error));
  } finally {
    if (temporary !== null) await rm(temporary, { force: true });
  }
}

/** @throws the system's error when only another user could own it as before */
async function keepOwner(file: FileHandle, uid: number, gid: number): Promise<void> {
  const now = await file.stat();
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid);
}

// The rename has to reach the disk too; some file systems refuse to sync a directory, and then it has to do.
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch {}
}
