import { randomUUID } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** `exists`: there is such a file, and it was not said that it may be replaced. Else how it went wrong. */
export type ExportOutcome =
  | { readonly kind: 'written'; readonly path: string }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'failed'; readonly path: string; readonly reason: string };

// Characters that are gathered before they are written; between two writes keys are answered.
const pieceLength = 65_536;

/**
 * Writes a file as a whole or not at all, for its owner alone (0600): what it holds are people's names. A file that is
 * there is only replaced when `replace` says so.
 */
export async function writeExport(
  file: string,
  pieces: Iterable<string>,
  replace: boolean,
): Promise<ExportOutcome> {
  const path = resolve(file.startsWith('~/') ? join(homedir(), file.slice(1)) : file);
  const temporary = join(dirname(path), `.${randomUUID()}.fabrictop`);
  try {
    if (!replace && (await isThere(path))) return { kind: 'exists', path };
    await writePieces(temporary, pieces);
    // A link is refused where a file has come meanwhile; a rename would replace it.
    if (replace) await rename(temporary, path);
    else await link(temporary, path);
    return { kind: 'written', path };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'EEXIST') return { kind: 'exists', path };
    return { kind: 'failed', path, reason: reasons[code] ?? code };
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function writePieces(temporary: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(temporary, 'wx', 0o600);
  try {
    let gathered = '';
    for (const piece of pieces) {
      gathered += piece;
      if (gathered.length < pieceLength) continue;
      await file.write(gathered);
      gathered = '';
      await setImmediate();
    }
    await file.write(gathered);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'access is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EISDIR: 'it is a directory',
};
