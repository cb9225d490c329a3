import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LayoutError, layoutOf, migrate } from './schema.ts';

/** How long to wait for another program that reads or copies the file, in milliseconds. */
const busyMs = 5_000;
/**
 * Of pages that the writer keeps in memory, in KiB; pages of the log beside the file before they go into it, because fewer and
 * larger moves write each page less often; and octets of that log when it is at rest.
 */
const cacheKib = 65_536;
const pagesInLog = 8_000;
const longestLog = 67_108_864;

/** Another process writes the history: SQLite's own lock on a file beside it, which ends with its process. */
export class HistoryBusyError extends Error {}

/** A file that is open for writing, and the lock that makes its writer the only one. */
export interface HistoryFile {
  readonly database: DatabaseSync;
  close(): void;
}

/**
 * Opens the file, makes it where it is missing, and brings it to the present layout. It gets mode 0600, its directory, where
 * it is missing, 0700.
 * @throws HistoryBusyError, LayoutError, or the error of SQLite or the system
 */
export function openForWriting(path: string): HistoryFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockFor(path);
  try {
    touch(path);
    const database = new DatabaseSync(path, { timeout: busyMs });
    try {
      // A crash of the program loses nothing that was committed; a power cut may lose the last seconds, never the file.
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = FAST;
        PRAGMA cache_size = -${cacheKib}; PRAGMA wal_autocheckpoint = ${pagesInLog}; PRAGMA journal_size_limit = ${longestLog}; PRAGMA temp_store = MEMORY`);
      migrate(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return {
      database,
      close() {
        database.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Opens the file for questions, also while another process writes it.
 * @returns null where there is no file, or nothing in it yet
 * @throws LayoutError where it is not ours, or has another layout; the error of SQLite
 */
export function openForReading(path: string): DatabaseSync | null {
  if (!existsSync(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    if (layoutOf(database) > 0) return database;
    database.close();
    return null;
  } catch (error) {
    database.close();
    throw error;
  }
}

function lockFor(path: string): DatabaseSync {
  touch(`${path}.lock`);
  const lock = new DatabaseSync(`${path}.lock`);
  try {
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (codeOf(error) === busyCode) throw new HistoryBusyError(path);
    throw error;
  }
}

// SQLite would make the file for everybody whom the umask lets in.
function touch(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

const busyCode = 5;

/** SQLite's primary result code; null for an error that is not SQLite's. */
function codeOf(error: unknown): number | null {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : null;
}

/** Why the history cannot be written or read: the cause in a few words, for one line that names the file. */
export function reasonOf(error: unknown): { code: string; text: string } {
  if (error instanceof HistoryBusyError) return { code: 'busy', text: 'another fabrictop writes it' };
  if (error instanceof LayoutError) return { code: 'layout', text: error.message };
  const code = codeOf(error);
  const system = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case busyCode:
      return { code: 'SQLITE_BUSY', text: 'another program holds it' };
    case 8:
      return { code: 'SQLITE_READONLY', text: 'it, or its directory, is read-only' };
    case 10:
      return { code: 'SQLITE_IOERR', text: 'the disk reports an error' };
    case 11:
      return { code: 'SQLITE_CORRUPT', text: 'it is damaged: move it away, and a new one is begun' };
    case 13:
      return { code: 'SQLITE_FULL', text: 'the disk is full' };
    case 14:
      return { code: 'SQLITE_CANTOPEN', text: 'it cannot be opened: its place is no file, or not ours' };
    case 26:
      return {
        code: 'SQLITE_NOTADB',
        text: 'it is no history, or damaged: move it away, and a new one is begun',
      };
    case null:
      if (system === 'ENOSPC') return { code: system, text: 'the disk is full' };
      if (system === 'EACCES' || system === 'EPERM' || system === 'EROFS')
        return { code: system, text: 'its directory may not be written' };
      if (system === 'ENOTDIR' || system === 'EEXIST' || system === 'ENOENT' || system === 'EISDIR')
        return { code: system, text: 'its directory cannot be made or reached' };
      return { code: system ?? 'error', text: error instanceof Error ? error.message : String(error) };
    default:
      return { code: `SQLITE_${code}`, text: error instanceof Error ? error.message : String(error) };
  }
}
