import type { Clock } from '../../../clock.ts';
import { collectorEvent, type DroppedBecause, type Report } from '../events.ts';
import { Repeats } from '../repeats.ts';
import type { Source } from './source-list.ts';

/** What a feed has not taken, counted by reason, and named in the log once in a while for each source. */
export class Drops {
  readonly #report: Report;
  readonly #repeats: Repeats;
  readonly #counts: Partial<Record<DroppedBecause, number>> = {};
  #total = 0;
  #incomplete = 0;

  constructor(clock: Clock, report: Report) {
    this.#report = report;
    this.#repeats = new Repeats(clock);
  }

  get total(): number {
    return this.#total;
  }

  /** Reports of a logon or logoff that left out what one needs. */
  get incompletes(): number {
    return this.#incomplete;
  }

  /** A copy. */
  get counts(): Partial<Record<DroppedBecause, number>> {
    return { ...this.#counts };
  }

  /**
   * @param detail one line, in words
   * @param known what is kept of the source, where that is something
   */
  drop(source: string, why: DroppedBecause, detail?: string, known: Source | null = null): void {
    this.#total += 1;
    this.#counts[why] = (this.#counts[why] ?? 0) + 1;
    if (known) {
      known.bad += 1;
      known.dropped[why] = (known.dropped[why] ?? 0) + 1;
    }
    const held = this.#repeats.pass(`${why} ${source}`);
    if (held === null) return;
    this.#report(
      collectorEvent({
        msg: 'datagram dropped',
        agent: source,
        why,
        ...(detail !== undefined && { detail }),
        ...(held > 0 && { repeated: held }),
      }),
    );
  }

  /** @param missing what the report should have named, in words */
  incomplete(source: string, rule: string, missing: string, known: Source | null = null): void {
    this.#incomplete += 1;
    if (known) known.bad += 1;
    const held = this.#repeats.pass(`${rule} ${missing} ${source}`);
    if (held === null) return;
    this.#report(
      collectorEvent({
        msg: 'report incomplete',
        agent: source,
        rule,
        missing,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}
