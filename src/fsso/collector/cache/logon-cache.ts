import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { Clock, Timer } from '../../../clock.ts';
import { Gathering } from '../../../gathering.ts';
import { confirmedAt, type Entry, type EntryChange } from '../entry.ts';
import { collectorEvent, type Report } from '../events.ts';
import { cacheRetry, cacheSaveEvery, entriesPerSaveStep, leastJournal } from '../limits.ts';
import { CacheDirectory, linesOf } from './cache-directory.ts';
import { CacheReader, type Confirmation, confirmedLine, endLine, entryLine } from './cache-line.ts';
import { Journal } from './journal.ts';

/** The first line of a snapshot. `journal`: the first of the journals that go on from it. */
interface Heading {
  readonly fabrictop: 'logon cache';
  readonly version: 1;
  readonly journal: number;
}

/** How the cache stands. Times are milliseconds since the epoch. */
export interface CacheHealth {
  readonly directory: string;
  /** Entries that were read at the start. */
  readonly restored: number;
  /** Bytes of the snapshot and of the journal behind it. */
  readonly snapshotBytes: number;
  readonly journalBytes: number;
  readonly savedAt: number | null;
  /** Why nothing is written at present, in one line; null while all is. */
  readonly failure: string | null;
}

/**
 * The logon cache: the entries on disk, so that a collector that starts again, whatever ended it, still knows everything
 * that it had told FortiGates (docs/protocol/fsso.md, Logon cache). Each change goes to a journal before a FortiGate is
 * told of it; now and then a snapshot of the whole table takes the journal's place.
 */
export class LogonCache {
  readonly #directory: CacheDirectory;
  readonly #clock: Clock;
  readonly #report: Report;
  #number = 0;
  #journal: Journal | null = null;
  #entries: () => readonly Entry[] = () => [];
  #timer: Timer | null = null;
  /** Writes also where no FortiGate is connected, whose turn to be told calls `commit`. */
  readonly #gathering = new Gathering(() => this.commit());
  #saving: Promise<void> | null = null;
  #restored = 0;
  #snapshotBytes = 0;
  #savedAt: number | null = null;
  #failure: string | null = null;
  #stopped = false;

  /** @throws CacheFailure where the directory cannot be used or another process uses it */
  constructor(path: string, { clock, report }: { clock: Clock; report: Report }) {
    this.#directory = new CacheDirectory(path);
    this.#clock = clock;
    this.#report = report;
  }

  get health(): CacheHealth {
    return {
      directory: this.#directory.path,
      restored: this.#restored,
      snapshotBytes: this.#snapshotBytes,
      journalBytes: this.#journal?.bytes ?? 0,
      savedAt: this.#savedAt,
      failure: this.#failure,
    };
  }

  /** What was saved, the longest unconfirmed first. What cannot be read is left out, and said. */
  restore(): Entry[] {
    const started = this.#clock.now();
    const entries = new Map<string, Entry>();
    const reader = new CacheReader();
    let unreadable = 0;
    const take = (path: string, lines: Iterable<string>) => {
      try {
        for (const line of lines) {
          const read = reader.read(line);
          if (read === null) unreadable += 1;
          else if (read.kind === 'end') entries.delete(read.key);
          else if (read.kind === 'confirmed') confirm(entries, read);
          else entries.set(read.entry.key, read.entry);
        }
      } catch (error) {
        this.#report(
          collectorEvent({ msg: 'logon cache not read', file: path, why: (error as Error).message }),
        );
      }
    };
    const first = this.#readSnapshot(take);
    const journals = this.#directory.journals();
    for (const number of journals) {
      const path = this.#directory.journal(number);
      if (number >= first) take(path, linesOf(path));
    }
    this.#number = Math.max(0, first - 1, ...journals);
    this.#restored = entries.size;
    const ms = Math.round(this.#clock.now() - started);
    if (entries.size + unreadable > 0)
      this.#report(collectorEvent({ msg: 'logons restored', entries: entries.size, unreadable, ms }));
    return [...entries.values()].sort((one, other) => confirmedAt(one) - confirmedAt(other));
  }

  /** Begins to keep what changes. `entries` gives the table as it is, whenever it is to be saved as a whole. */
  start(entries: () => readonly Entry[]): void {
    this.#entries = entries;
    this.#save();
  }

  /** Takes a change; `commit` writes it. */
  changed(change: EntryChange): void {
    if (this.#journal === null) return;
    this.#journal.add(change.kind === 'logoff' ? endLine(change.entry) : entryLine(change.entry));
    this.#gathering.add();
  }

  /** Takes that an entry's workstation confirmed it, at its `verifiedAt`; `commit` writes it. */
  confirmed(entry: Entry): void {
    if (this.#journal === null) return;
    this.#journal.add(confirmedLine(entry));
    this.#gathering.add();
  }

  /** Writes what changed; to be called before anybody is told of it. A failure is said, and does not hold up service. */
  commit(): void {
    this.#gathering.clear();
    if (this.#journal === null) return;
    try {
      this.#journal.commit();
    } catch (error) {
      this.#giveUpJournal(error);
      return;
    }
    if (!this.#saving && this.#journal.bytes > Math.max(leastJournal, this.#snapshotBytes)) this.#save();
  }

  /** Writes what changed and closes. The next start reads snapshot and journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#saving;
    this.commit();
    this.#journal?.close();
    this.#journal = null;
    this.#directory.release();
  }

  /** @returns the number of the first journal that goes on from the snapshot; 0 without one */
  #readSnapshot(take: (path: string, lines: Iterable<string>) => void): number {
    const path = this.#directory.snapshot;
    if (!existsSync(path)) return 0;
    const lines = linesOf(path);
    let first = 0;
    take(
      path,
      (function* () {
        const heading = readHeading(lines.next().value ?? '');
        if (heading === null) throw new Error('it is no logon cache of this version');
        first = heading.journal;
        yield* lines;
      })(),
    );
    return first;
  }

  /** Saves the table as a whole, while changes go to a journal of their own. */
  #save(): void {
    if (this.#saving || this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = null;
    let entries: readonly Entry[];
    try {
      this.#journal?.commit();
      const next = new Journal(this.#directory.journal(this.#number + 1));
      this.#number += 1;
      this.#journal?.close();
      this.#journal = next;
      entries = this.#entries();
    } catch (error) {
      this.#giveUpJournal(error);
      return;
    }
    this.#saving = this.#writeSnapshot(entries, this.#number)
      .then(
        () => this.#saved(),
        // The journals go on from the snapshot before.
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#saving = null;
      });
  }

  async #writeSnapshot(entries: readonly Entry[], journal: number): Promise<void> {
    const temporary = `${this.#directory.snapshot}.new`;
    const heading: Heading = { fabrictop: 'logon cache', version: 1, journal };
    rmSync(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      let text = `${JSON.stringify(heading)}\n`;
      for (let at = 0; at < entries.length || text !== ''; at += entriesPerSaveStep) {
        for (const entry of entries.slice(at, at + entriesPerSaveStep)) text += entryLine(entry);
        await file.appendFile(text);
        text = '';
      }
      await file.sync();
      this.#snapshotBytes = (await file.stat()).size;
    } finally {
      await file.close();
    }
    await rename(temporary, this.#directory.snapshot);
    this.#directory.forgetBefore(journal);
  }

  #saved(): void {
    if (this.#failure !== null) this.#report(collectorEvent({ msg: 'logon cache written again' }));
    this.#failure = null;
    this.#savedAt = this.#clock.now();
    this.#saveAfter(cacheSaveEvery);
  }

  /** A journal with a gap is worse than none; the next snapshot mends that. */
  #giveUpJournal(error: unknown): void {
    this.#journal?.close();
    this.#journal = null;
    this.#failed(error);
  }

  #failed(error: unknown): void {
    const why = (error as Error).message;
    if (this.#failure === null)
      this.#report(collectorEvent({ msg: 'logon cache not written', directory: this.#directory.path, why }));
    this.#failure = why;
    this.#saveAfter(cacheRetry);
  }

  #saveAfter(ms: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, () => this.#save());
  }
}

function confirm(entries: Map<string, Entry>, { key, verifiedAt }: Confirmation): void {
  const entry = entries.get(key);
  if (entry) entries.set(key, { ...entry, verifiedAt, doubt: null });
}

function readHeading(line: string): Heading | null {
  try {
    const { fabrictop, version, journal } = JSON.parse(line) as Partial<Heading>;
    const isOurs = fabrictop === 'logon cache' && version === 1 && Number.isSafeInteger(journal);
    return isOurs ? { fabrictop, version, journal: journal as number } : null;
  } catch {
    return null;
  }
}
