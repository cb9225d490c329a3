import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StringDecoder } from 'node:string_decoder';

/** Why the logon cache cannot be used at all; the message is one line for a person. */
export class CacheFailure extends Error {
  override readonly name = 'CacheFailure';
}

const snapshotName = 'logons.jsonl';
const journalName = /^logons-(\d{1,15})\.journal$/;
/** Read at once, in bytes. */
const chunkBytes = 1 << 20;
/** A line longer than this is no entry: names and groups are bounded. Characters. */
const longestLine = 4 << 20;

/**
 * The directory of a logon cache: one snapshot, and journals with rising numbers. Held by one process at a time.
 * @throws CacheFailure where it cannot be made or is held by another process
 */
export class CacheDirectory {
  readonly path: string;
  readonly #lock: DatabaseSync;

  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new CacheFailure(`logon cache ${path}: cannot be made: ${(error as Error).message}`);
    }
    this.#lock = hold(path);
  }

  get snapshot(): string {
    return join(this.path, snapshotName);
  }

  journal(number: number): string {
    return join(this.path, `logons-${number}.journal`);
  }

  /** Numbers of the journals that are there, rising. */
  journals(): number[] {
    return readdirSync(this.path)
      .flatMap((name) => journalName.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other);
  }

  /** Removes the journals before this one: a snapshot has taken their place. */
  forgetBefore(number: number): void {
    for (const old of this.journals()) if (old < number) rmSync(this.journal(old), { force: true });
  }

  release(): void {
    this.#lock.close();
  }
}

/** The system drops SQLite's lock with the process that holds it, however that ends. */
function hold(path: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    const { errcode, message } = error as Error & { errcode?: number };
    const busy = 5;
    throw new CacheFailure(
      errcode === busy
        ? `logon cache ${path}: another collector uses it: give each its own cache-directory`
        : `logon cache ${path}: cannot be held: ${message}`,
    );
  }
}

/**
 * The lines of a file without their ends, the last one also where it has none. Throws the system's error.
 */
export function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let rest = '';
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, bytes))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      // What has no line ends is not ours, and must not fill the memory.
      if (rest.length > longestLine) rest = '';
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}
