import type { Clock, Timer } from '../../../clock.ts';
import type { EntryTable } from '../entries.ts';
import type { Entry, EntryChange } from '../entry.ts';
import { sweepPause } from '../limits.ts';
import type { QueueHealth } from '../queue.ts';

export interface SweepOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly entries: EntryTable;
  /** Milliseconds between two visits of an entry. */
  readonly interval: number;
  /** Visits under way at once. */
  readonly atOnce: number;
  /** Visits begun in a second. */
  readonly perSecond: number;
  /** Which entries are visited at all. */
  wants(entry: Entry): boolean;
  /** Visits an entry, and calls `done` once when that is over. */
  visit(entry: Entry, done: () => void): void;
}

/** Parts of time in which late visits are counted, a tenth of a second each. */
const partOf = (time: number) => Math.floor(time / 100);

/**
 * Visits the entries again and again, each an interval after it was last reported or visited: those that came together
 * are spread by the bounds, and keep that distance in later rounds. Where the bounds do not let a round end in time,
 * entries are visited late, in their order.
 */
export class Sweep {
  readonly #options: SweepOptions;
  /** When each entry is due, by its key; soonest first, because whatever is put in is due an interval from now. */
  readonly #due = new Map<string, number>();
  // Kept from one look to the next, because a Map finds its first key slowly behind many that were deleted.
  #cursor = this.#due.entries();
  #head: readonly [key: string, due: number] | null = null;
  /** How many are due in each part of time, so that those which are late need not be counted one by one. */
  readonly #dueIn = new Map<number, number>();
  readonly #underWay = new Set<string>();
  #timer: Timer | null = null;
  #allowance: number;
  #allowedAt: number;
  #isRunning = false;
  #stopped = false;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#allowance = this.#burst;
    this.#allowedAt = options.clock.now();
  }

  /** Entries whose visit is due or under way, and how late the first of them is. */
  get health(): QueueHealth {
    const now = this.#options.clock.now();
    let late = 0;
    let oldest: number | null = null;
    for (const due of this.#due.values()) {
      if (due > now) break;
      late += 1;
      oldest ??= now - due;
    }
    const { name } = this.#options;
    return {
      name,
      length: late + this.#underWay.size,
      oldestMs: oldest ?? (this.#underWay.size > 0 ? 0 : null),
    };
  }

  /** When an entry is due, milliseconds since the epoch; null where it is not visited. */
  dueOf(key: string): number | null {
    return this.#due.get(key) ?? (this.#underWay.has(key) ? this.#options.clock.now() : null);
  }

  /** Follows the table. */
  observe(change: EntryChange): void {
    if (change.kind === 'status' || this.#stopped) return;
    const { entry } = change;
    if (change.kind === 'logoff' || !this.#options.wants(entry)) this.#unplan(entry.key);
    // One under way is put back when its visit is over.
    else if (!this.#underWay.has(entry.key)) this.#plan(entry.key);
  }

  /** Begins no further visit. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#due.clear();
    this.#dueIn.clear();
  }

  get #burst(): number {
    return Math.max(1, (this.#options.perSecond * sweepPause) / 1000);
  }

  #plan(key: string): void {
    const { clock, interval } = this.#options;
    const due = clock.now() + interval;
    this.#unplan(key);
    this.#due.set(key, due);
    this.#dueIn.set(partOf(due), (this.#dueIn.get(partOf(due)) ?? 0) + 1);
    if (!this.#timer && !this.#isRunning) this.#wake(interval);
  }

  #unplan(key: string): void {
    const due = this.#due.get(key);
    if (due === undefined) return;
    this.#due.delete(key);
    const left = (this.#dueIn.get(partOf(due)) ?? 1) - 1;
    if (left === 0) this.#dueIn.delete(partOf(due));
    else this.#dueIn.set(partOf(due), left);
  }

  /** The soonest one that is due, with when. */
  #first(): readonly [key: string, due: number] | null {
    while (this.#head === null || this.#due.get(this.#head[0]) !== this.#head[1]) {
      const next = this.#cursor.next();
      this.#head = next.done ? null : next.value;
      if (next.done) {
        this.#cursor = this.#due.entries();
        if (this.#due.size === 0) return null;
      }
    }
    return this.#head;
  }

  #wake(wait: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(wait, () => {
      this.#timer = null;
      this.#run();
    });
  }

  #run(): void {
    // A visit that is over at once comes back here.
    if (this.#isRunning || this.#stopped) return;
    this.#isRunning = true;
    const wait = this.#begin();
    this.#isRunning = false;
    if (wait !== null) this.#wake(wait);
  }

  /** Begins what is due; how long to wait then, null where a visit that ends goes on. */
  #begin(): number | null {
    const { clock, entries, atOnce, visit, wants } = this.#options;
    const now = clock.now();
    this.#allow(now);
    for (let first = this.#first(); first; first = this.#first()) {
      const [key, due] = first;
      if (due > now) return due - now;
      if (this.#underWay.size >= atOnce) return null;
      if (this.#allowance < 1) return sweepPause;
      this.#unplan(key);
      const entry = entries.get(key);
      if (!entry || !wants(entry)) continue;
      this.#allowance -= 1;
      this.#underWay.add(key);
      let isOver = false;
      visit(entry, () => {
        if (isOver) return;
        isOver = true;
        this.#visited(key);
      });
    }
    return null;
  }

  #visited(key: string): void {
    this.#underWay.delete(key);
    if (this.#stopped) return;
    const { entries, wants } = this.#options;
    const entry = entries.get(key);
    if (entry && wants(entry)) this.#plan(key);
    this.#run();
  }

  #allow(now: number): void {
    const { perSecond } = this.#options;
    const earned = ((now - this.#allowedAt) * perSecond) / 1000;
    this.#allowance = Math.min(this.#burst, this.#allowance + Math.max(0, earned));
    this.#allowedAt = now;
  }
}
