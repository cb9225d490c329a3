import type { Clock, Timer } from '../../clock.ts';
import type { TableName } from './tables.ts';

/** Tells since when fetched data are older than `out-of-sync-threshold` (docs/protocol/ems.md, Timers). */
export class Freshness {
  readonly #clock: Clock;
  readonly #threshold: number;
  readonly #changed: () => void;
  /** When each table was last known to be as EMS has it. */
  readonly #known = new Map<TableName, number>();
  #since: number | null = null;
  #timer: Timer | null = null;

  /** `changed` is called when `since` begins or ends by itself. */
  constructor(clock: Clock, threshold: number, changed: () => void) {
    this.#clock = clock;
    this.#threshold = threshold;
    this.#changed = changed;
  }

  /** Null while everything is fresh. */
  get since(): number | null {
    return this.#since;
  }

  /** The tables that are fetched from now on; a new one counts from now. */
  watch(tables: readonly TableName[]): void {
    for (const table of [...this.#known.keys()]) if (!tables.includes(table)) this.#known.delete(table);
    for (const table of tables) if (!this.#known.has(table)) this.#known.set(table, this.#clock.now());
    this.#judge();
  }

  /** The table is as EMS has it. */
  renew(table: TableName): void {
    if (!this.#known.has(table)) return;
    this.#known.set(table, this.#clock.now());
    this.#judge();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #judge(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const before = this.#since;
    const due = Math.min(...this.#known.values()) + this.#threshold;
    const now = this.#clock.now();
    this.#since = due <= now ? due : null;
    if (due > now && due !== Number.POSITIVE_INFINITY)
      this.#timer = this.#clock.after(due - now, () => this.#judge());
    if (before !== this.#since) this.#changed();
  }
}
