import { type FileHandle, open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Clock, Timer } from '../../clock.ts';
import { safeText } from '../../safe-text.ts';
import { type Entry, type Header, lineOf, RecordingError } from './format.ts';

export interface RecordingLimits {
  /** Bytes of lines, before compression, after which the recording ends. */
  readonly bytes: number;
}

/** Lines wait for so long at most, in milliseconds, and so many bytes of them. */
const flushMs = 250;
const flushBytes = 256 * 1024;
/** A disk that is so far behind, in bytes, ends the recording. */
const mostWaiting = 64 * 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'its directory may not be written',
  ENOENT: 'there is no such directory',
};

function reasonOf({ code = 'unknown error' }: NodeJS.ErrnoException): string {
  const reason = reasons[code];
  return reason === undefined ? code : `${reason} (${code})`;
}

/**
 * Writes lines behind one another into a new file that only this user can read. Each block goes to the system within a
 * quarter of a second and can be read for itself, compressed or not, so that a killed program loses no more than that.
 */
export class RecordingFile {
  /** Bytes of lines taken so far. */
  bytes = 0;
  readonly #handle: FileHandle;
  readonly #compress: boolean;
  readonly #limits: RecordingLimits;
  readonly #clock: Clock;
  /** Told once, why nothing more is written. */
  readonly #failed: (reason: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #isOver = false;

  private constructor(
    handle: FileHandle,
    compress: boolean,
    limits: RecordingLimits,
    clock: Clock,
    failed: (reason: string) => void,
  ) {
    this.#handle = handle;
    this.#compress = compress;
    this.#limits = limits;
    this.#clock = clock;
    this.#failed = failed;
  }

  /**
   * A new file with this header; one that ends in `.gz` is compressed.
   * @throws RecordingError where it is there already or cannot be made
   */
  static async create(
    path: string,
    header: Header,
    clock: Clock,
    limits: RecordingLimits,
    failed: (reason: string) => void,
  ): Promise<RecordingFile> {
    const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EEXIST' ? 'is there already: name a new file' : `cannot be made: ${reasonOf(error)}`;
      throw new RecordingError(`${safeText(path)} ${why}`);
    });
    const file = new RecordingFile(handle, path.endsWith('.gz'), limits, clock, failed);
    file.#add(lineOf(header));
    file.#flush();
    return file;
  }

  /** Nothing happens once the file is closed or has failed. */
  append(entry: Entry): void {
    if (this.#isOver) return;
    const line = lineOf(entry);
    if (this.bytes + line.length > this.#limits.bytes) {
      this.#end(`the limit of ${Math.round(this.#limits.bytes / 1_048_576)} megabytes is reached`);
      return;
    }
    this.#add(line);
    if (this.#waitingBytes >= flushBytes) this.#flush();
    else this.#timer ??= this.#clock.after(flushMs, () => this.#flush());
  }

  /** Resolves when everything is with the system, or cannot be. */
  async close(): Promise<void> {
    this.#flush();
    this.#isOver = true;
    await this.#writing;
    await this.#handle.close().catch(() => {});
  }

  #add(line: string): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.bytes += line.length;
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#unwritten += text.length;
    if (this.#unwritten > mostWaiting) {
      this.#end('the disk is too slow');
      return;
    }
    // One member of a gzip file for each block: any number of them behind one another is such a file too.
    const block = this.#compress ? gzipSync(text, { level: 6 }) : Buffer.from(text);
    this.#writing = this.#writing
      .then(() => this.#handle.writeFile(block))
      .then(() => {
        this.#unwritten -= text.length;
      })
      .catch((error: NodeJS.ErrnoException) => this.#end(`it cannot be written: ${reasonOf(error)}`));
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#flush();
    this.#isOver = true;
    this.#failed(reason);
  }
}
