import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * A file to which lines are appended, many with one write. What `commit` has written survives the end of the process at
 * any moment; a power cut may take the last seconds.
 */
export class Journal {
  readonly #file: number;
  #bytes = 0;
  #waiting: string[] = [];

  /** Throws the system's error. */
  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o600);
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  add(line: string): void {
    this.#waiting.push(line);
  }

  /** Writes what was added. Throws the system's error; the journal then ends with a part of it and is of no more use. */
  commit(): void {
    if (this.#waiting.length === 0) return;
    const lines = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    for (let at = 0; at < lines.length; ) {
      const written = writeSync(this.#file, lines, at);
      at += written;
      this.#bytes += written;
    }
  }

  /** Closes the file; what was not committed is dropped. */
  close(): void {
    closeSync(this.#file);
  }
}
