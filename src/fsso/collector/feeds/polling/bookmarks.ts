import { readFileSync } from 'node:fs';
import type { Clock, Timer } from '../../../../clock.ts';
import { replacePrivateFile } from '../../../../private-file.ts';
import type { Bookmark } from './log-follower.ts';

/** Between two writes, in milliseconds: a hundred controllers would else have the disk wait for them. */
const saveEvery = 1000;
const mostBookmarks = 10_000;

/** Hears what could not be done with the file. */
type Failed = (what: 'read' | 'written', file: string, error: NodeJS.ErrnoException) => void;

/**
 * The bookmarks of event logs in one file, by controller and log. Written behind what they stand for: after a kill some events are
 * read again, and none is missed.
 */
export class Bookmarks {
  readonly #file: string | null;
  readonly #clock: Clock;
  readonly #failed: Failed;
  readonly #known = new Map<string, Bookmark>();
  #timer: Timer | null = null;

  /** @param file null keeps them for as long as this lives */
  constructor(file: string | null, clock: Clock, failed: Failed) {
    this.#file = file;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Reads the file; what is no bookmark in it is left out. */
  load(): void {
    if (this.#file === null) return;
    try {
      const record: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      const logs = isRecord(record) && isRecord(record['logs']) ? record['logs'] : {};
      for (const [key, value] of Object.entries(logs).slice(0, mostBookmarks)) {
        const bookmark = bookmarkOf(value);
        if (bookmark) this.#known.set(key, bookmark);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#failed('read', this.#file, error as NodeJS.ErrnoException);
    }
  }

  get(key: string): Bookmark | null {
    return this.#known.get(key) ?? null;
  }

  set(key: string, bookmark: Bookmark): void {
    const known = this.#known.get(key);
    if (known?.record === bookmark.record && known.anchor?.digest === bookmark.anchor?.digest) return;
    this.#known.set(key, bookmark);
    if (this.#file !== null) this.#timer ??= this.#clock.after(saveEvery, () => this.save());
  }

  /** Writes now what is not written yet. */
  save(): void {
    if (this.#timer === null || this.#file === null) return;
    this.#timer.cancel();
    this.#timer = null;
    try {
      replacePrivateFile(this.#file, JSON.stringify({ version: 1, logs: Object.fromEntries(this.#known) }));
    } catch (error) {
      this.#failed('written', this.#file, error as NodeJS.ErrnoException);
    }
  }
}

function bookmarkOf(value: unknown): Bookmark | null {
  if (!isRecord(value)) return null;
  const { record, anchor } = value;
  if (!isWhole(record)) return null;
  if (!isRecord(anchor)) return { record, anchor: null };
  const { record: of, digest, time } = anchor;
  return isWhole(of) && typeof digest === 'string' && isWhole(time)
    ? { record, anchor: { record: of, digest, time } }
    : { record, anchor: null };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
