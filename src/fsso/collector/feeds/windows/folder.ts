import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { replacePrivateFile } from '../../../../private-file.ts';

/** Files of the folder that are watched; the names that come first. */
const mostFiles = 10_000;
/** Read of one file before the next has its turn. */
const chunkBytes = 1024 * 1024;
/** Bytes by which a file is known again when its name stays: the time and number of its first event are among them. */
const headBytes = 1024;

const positionSchema = z.object({
  offset: z.int().min(0),
  head: z.string().max(64),
  headLength: z.int().min(0),
});
const recordSchema = z.object({
  version: z.literal(1),
  folder: z.string(),
  files: z.record(z.string(), positionSchema),
});

interface Position {
  /** Up to where the file has been read, in bytes. */
  offset: number;
  /** SHA-256 of its first bytes, and how many those are: another file of the same name is read anew. */
  head: string;
  headLength: number;
}

/** What a folder gives: a piece of one file, and what to do when it has been used up to a place. */
export interface FolderPiece {
  readonly file: string;
  readonly bytes: Buffer;
  readonly isUtf16: boolean;
  /** No more of the file is there at the moment. */
  readonly isEnd: boolean;
}

/**
 * Reads each file of a folder once, and what is appended to it, in the order of their names. How far it has come is kept
 * in a file of its own, so that a restart reads nothing twice but the last piece.
 */
export class WatchedFolder {
  readonly #folder: string;
  readonly #state: string;
  #positions = new Map<string, Position>();
  #saved = '';

  /** @param state file with the positions; its directory is made */
  constructor(folder: string, state: string) {
    this.#folder = folder;
    this.#state = state;
  }

  /** Files that are known. */
  get files(): number {
    return this.#positions.size;
  }

  /** Reads the kept positions; without a file, or with one of another folder, there are none. @throws the system's error */
  load(): void {
    let text: string;
    try {
      text = readFileSync(this.#state, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const { data } = recordSchema.safeParse(safeJson(text));
    if (data?.folder === this.#folder) this.#positions = new Map(Object.entries(data.files));
  }

  /**
   * Goes through the folder once. `take` gets what is new of each file, piece by piece, and says how many of its bytes it
   * has used; the rest comes again, with what follows it.
   * @throws the system's error for the folder; a file that cannot be read is told to `unreadable`, and tried again
   */
  async look(
    take: (piece: FolderPiece) => Promise<number>,
    unreadable: (file: string, error: NodeJS.ErrnoException) => void,
  ): Promise<void> {
    const names = (await readdir(this.#folder))
      .filter((name) => /\.xml$/i.test(name))
      .sort()
      .slice(0, mostFiles);
    const present = new Set(names);
    for (const name of this.#positions.keys()) if (!present.has(name)) this.#positions.delete(name);
    for (const name of names) {
      let handle: FileHandle | null = null;
      try {
        handle = await open(join(this.#folder, name), 'r');
        await this.#read(name, handle, take);
      } catch (error) {
        unreadable(name, error as NodeJS.ErrnoException);
      } finally {
        await handle?.close();
      }
    }
    this.#save();
  }

  async #read(
    name: string,
    handle: FileHandle,
    take: (piece: FolderPiece) => Promise<number>,
  ): Promise<void> {
    const status = await handle.stat();
    if (!status.isFile()) return;
    const start = Buffer.alloc(Math.min(headBytes, status.size));
    await handle.read(start, 0, start.length, 0);
    let position = this.#positions.get(name) ?? null;
    const isSame =
      position !== null &&
      position.offset <= status.size &&
      position.headLength <= start.length &&
      position.head === digest(start.subarray(0, position.headLength));
    if (!isSame || position === null) position = { offset: 0, head: '', headLength: 0 };
    position.head = digest(start);
    position.headLength = start.length;
    this.#positions.set(name, position);
    const isUtf16 = start.length >= 2 && start.readUInt16LE(0) === 0xfeff;
    while (position.offset < status.size) {
      const wanted = Math.min(chunkBytes, status.size - position.offset);
      const bytes = Buffer.alloc(wanted);
      const { bytesRead } = await handle.read(bytes, 0, wanted, position.offset);
      if (bytesRead === 0) return;
      const isEnd = position.offset + bytesRead >= status.size;
      const used = await take({ file: name, bytes: bytes.subarray(0, bytesRead), isUtf16, isEnd });
      position.offset += used;
      if (used === 0) return;
    }
  }

  #save(): void {
    const record = { version: 1, folder: this.#folder, files: Object.fromEntries(this.#positions) };
    const text = JSON.stringify(record);
    if (text === this.#saved) return;
    replacePrivateFile(this.#state, text);
    this.#saved = text;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
