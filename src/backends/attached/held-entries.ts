import type { Clock } from '../../clock.ts';
import { LongMap } from '../../long-map.ts';
import { type Job, runInSlices, type Steps } from '../../slices.ts';
import type { EntryRow } from '../../state/changes.ts';
import type { Sink } from '../source.ts';

/** Changes that are handed on before keys have their turn. */
const changesPerStep = 256;
/** Entries that are handed on first, while all of them come. */
const firstPortion = 1_000;

/**
 * The entries of a collector, and their way to the stores. While hundreds of thousands come at the beginning they are handed on in portions,
 * each as large as everything before it: every portion is merged into the order of the table, and one that grows in small steps
 * is merged again and again. Changes are handed on in the order in which they came; what is long is done in slices.
 */
export class HeldEntries {
  readonly #clock: Clock;
  readonly #sink: Sink;
  #entries = new LongMap<string, EntryRow>();
  /** Rows, and ids of those that went, which are still to be handed on. */
  #waiting: (EntryRow | string)[] = [];
  #handed = 0;
  #complete = false;
  #isHanding = false;
  #jobs: Job[] = [];

  constructor(clock: Clock, sink: Sink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** Every entry is known. */
  get complete(): boolean {
    return this.#complete;
  }

  get(id: string): EntryRow | undefined {
    return this.#entries.get(id);
  }

  put(row: EntryRow): void {
    this.#entries.set(row.id, row);
    this.#changed(row);
  }

  remove(id: string): void {
    this.#entries.delete(id);
    this.#changed(id);
  }

  /** All that there were at the beginning have come. */
  allCame(): void {
    this.#complete = true;
    if (!this.#isHanding) this.#start(this.#handAll());
  }

  /** None of them is known any more. */
  forget(): void {
    this.stop();
    const gone = this.#entries;
    this.#entries = new LongMap();
    this.#waiting = [];
    this.#handed = 0;
    this.#complete = false;
    this.#isHanding = false;
    this.#start(this.#takeOut(gone));
  }

  /** Nothing is handed on any more. */
  stop(): void {
    for (const job of this.#jobs) job.cancel();
    this.#jobs = [];
  }

  #changed(change: EntryRow | string): void {
    if (this.#complete && !this.#isHanding) {
      this.#hand(change);
      return;
    }
    this.#waiting.push(change);
    if (!this.#isHanding && this.#isDue()) this.#start(this.#handAll());
  }

  #isDue(): boolean {
    const enough = this.#complete ? 1 : Math.max(firstPortion, this.#handed);
    return this.#waiting.length >= enough;
  }

  #start(steps: Steps): void {
    this.#jobs.push(runInSlices(this.#clock, steps));
  }

  *#handAll(): Steps {
    this.#isHanding = true;
    while (this.#isDue()) {
      const portion = this.#waiting;
      this.#waiting = [];
      for (const change of portion) {
        this.#hand(change);
        this.#handed += 1;
        if (this.#handed % changesPerStep === 0) yield;
      }
    }
    this.#isHanding = false;
  }

  #hand(change: EntryRow | string): void {
    if (typeof change === 'string') this.#sink({ table: 'entries', op: 'remove', id: change });
    else this.#sink({ table: 'entries', op: 'put', row: change });
  }

  *#takeOut(gone: LongMap<string, EntryRow>): Steps {
    let index = 0;
    for (const [id] of gone) {
      index += 1;
      if (index % changesPerStep === 0) yield;
      // Back by now: what is told of it now stays.
      if (this.#entries.get(id) === undefined) this.#sink({ table: 'entries', op: 'remove', id });
    }
  }
}
