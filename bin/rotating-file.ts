import { type FileHandle, open, rename } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Characters that wait for a slow disk before lines are dropped. */
const mostWaiting = 16 * 1024 * 1024;
/** Characters written in one go. */
const mostAtOnce = 1024 * 1024;

async function openToAppend(path: string): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(path, 'a', 0o640);
  return { handle, bytes: (await handle.stat()).size };
}

/**
 * A log file of bounded size: before a line would go beyond it, the file becomes `FILE.bak`, in place of an earlier one, and
 * a new one begins (docs/cli.md, collector).
 */
export class RotatingFile {
  readonly path: string;
  #mostBytes: number;
  readonly #failed: (error: NodeJS.ErrnoException) => void;
  #handle: FileHandle;
  #bytes: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #isMoved = false;
  #writing: Promise<void> | null = null;
  #dropped = 0;

  private constructor(
    path: string,
    mostBytes: number,
    handle: FileHandle,
    bytes: number,
    failed: (error: NodeJS.ErrnoException) => void,
  ) {
    this.path = path;
    this.#mostBytes = mostBytes;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#failed = failed;
  }

  /**
   * Opens a file to append to, mode 0640 where it is new. Rejects with the system's error.
   * @param failed called when writing fails, with the first error of each row of them; lines go on being taken
   */
  static async open(
    path: string,
    mostBytes: number,
    failed: (error: NodeJS.ErrnoException) => void,
  ): Promise<RotatingFile> {
    const { handle, bytes } = await openToAppend(path);
    return new RotatingFile(path, mostBytes, handle, bytes, failed);
  }

  /** Lines that were dropped because the disk was slow or full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line, without its line feed. Never throws. */
  write(line: string): void {
    if (this.#waitingLength > mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(`${line}\n`);
    this.#waitingLength += line.length + 1;
    this.#begin();
  }

  /** Lets the file grow to so many bytes from now on. */
  retune(mostBytes: number): void {
    this.#mostBytes = mostBytes;
  }

  /** Writes what comes from now on to whatever has its name then, because somebody else moved the file. */
  reopen(): void {
    this.#isMoved = true;
    this.#begin();
  }

  /** Resolves when everything is written, or cannot be. */
  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#handle.close().catch(() => {});
  }

  #begin(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
      if (this.#waiting.length > 0 || this.#isMoved) this.#begin();
    });
  }

  async #drain(): Promise<void> {
    let hasFailed = false;
    // Lines of one turn are written together.
    await nextTurn();
    if (this.#isMoved) {
      this.#isMoved = false;
      await this.#takeUp().catch((error: NodeJS.ErrnoException) => this.#failed(error));
    }
    while (this.#waiting.length > 0 && !this.#isMoved) {
      const { text, bytes } = this.#next();
      try {
        if (this.#bytes > 0 && this.#bytes + bytes > this.#mostBytes) await this.#rotate();
        await this.#handle.appendFile(text);
        this.#bytes += bytes;
      } catch (error) {
        this.#dropped += text.split('\n').length - 1;
        if (!hasFailed) this.#failed(error as NodeJS.ErrnoException);
        hasFailed = true;
      }
    }
  }

  /** As many whole lines as fit into what is left of the file; one at least. */
  #next(): { text: string; bytes: number } {
    const left = this.#bytes < this.#mostBytes ? this.#mostBytes - this.#bytes : this.#mostBytes;
    let count = 0;
    let bytes = 0;
    for (const line of this.#waiting) {
      const length = Buffer.byteLength(line);
      if (count > 0 && bytes + length > Math.min(left, mostAtOnce)) break;
      bytes += length;
      count += 1;
    }
    const lines = this.#waiting.splice(0, count);
    const text = lines.join('');
    this.#waitingLength -= text.length;
    return { text, bytes };
  }

  async #rotate(): Promise<void> {
    await rename(this.path, `${this.path}.bak`);
    await this.#takeUp();
  }

  /** Goes on with the file of its name. Rejects with the system's error, and then it goes on with the one that it has. */
  async #takeUp(): Promise<void> {
    const { handle, bytes } = await openToAppend(this.path);
    await this.#handle.close();
    this.#handle = handle;
    this.#bytes = bytes;
  }
}
