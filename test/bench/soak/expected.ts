/** A place in the tables: `ip/session`. */
export type Place = string;

/** One thing that a source told. */
export interface Told {
  readonly source: string;
  readonly user: string;
  /** The user is gone; whoever else is there stays. */
  readonly leaves: boolean;
  /** Milliseconds of the one clock of this process. */
  readonly at: number;
  /** False where something that is broken may have lost it. */
  isSure: boolean;
  /** A clock that was moved may keep it, or end it, by so many milliseconds earlier or later. */
  moved: number;
}

/** Milliseconds in which a report that is sure may turn out not to be. */
const settledAfter = 60_000;

/**
 * What sources have told, and so who has to be, and who may be, in every table: what was told while the way was broken may
 * have arrived or not, and whom nobody has confirmed for the dead entry timeout has to be gone.
 */
export class Expected {
  /** The newest first. */
  readonly #places = new Map<Place, Told[]>();
  readonly #timeout: number;
  readonly #early: number;
  readonly #late: number;
  told = 0;

  /** @param early how much before the dead entry timeout an entry may end, and how much later it may; milliseconds */
  constructor(timeout: number, { early, late }: { early: number; late: number }) {
    this.#timeout = timeout;
    this.#early = early;
    this.#late = late;
  }

  note(place: Place, report: Omit<Told, 'moved'>): Told {
    this.told += 1;
    const told = { ...report, moved: 0 };
    const before = this.#places.get(place) ?? [];
    // What stands behind a sure report can be of no use any more.
    const last = before.findIndex(
      ({ isSure, leaves, at }) => isSure && !leaves && report.at - at > settledAfter,
    );
    this.#places.set(place, [told, ...(last < 0 ? before : before.slice(0, last + 1))]);
    return told;
  }

  /** The way of these sources broke: what they told since then may be lost. */
  doubt(isOf: (source: string) => boolean, since: number): void {
    for (const told of this.#all()) if (told.at >= since && isOf(told.source)) told.isSure = false;
  }

  /** The clock of the collector was moved by so many milliseconds: what was told until now may end earlier, or later. */
  clockMoved(ms: number): void {
    for (const told of this.#all()) {
      told.moved += Math.abs(ms);
    }
  }

  /** Differences between a table and what was told, a line each. */
  differences(table: ReadonlyMap<Place, string>, now: number): string[] {
    const found: string[] = [];
    for (const [place, user] of table)
      if (!this.#places.has(place)) found.push(`${place} has ${user}, of whom nobody told`);
    for (const [place, reports] of this.#places) {
      const wrong = this.#wrong(reports, table.get(place) ?? null, now);
      if (wrong !== null) found.push(`${place} ${wrong}`);
    }
    return found;
  }

  #wrong(reports: readonly Told[], user: string | null, now: number): string | null {
    const sure = reports.findIndex(({ isSure, leaves }) => isSure && !leaves);
    const open = sure < 0 ? reports : reports.slice(0, sure + 1);
    const may = mayBe(open);
    const [last] = reports;
    if (last === undefined) return null;
    const told = `as ${last.source} told at ${new Date(last.at).toISOString().slice(11, 23)}`;
    if (user === null) {
      const keeps = reports[sure];
      const isPast = keeps === undefined || now - keeps.at > this.#timeout - this.#early - keeps.moved;
      return isPast || may.has(null) ? null : `has nobody, not ${[...may].join(' or ')}, ${told}`;
    }
    if (now - last.at > this.#timeout + this.#late + Math.max(...reports.map(({ moved }) => moved)))
      return `still has ${user}, ${told}`;
    return may.has(user) ? null : `has ${user}, not ${[...may].join(' or ')}, ${told}`;
  }

  *#all(): Generator<Told> {
    for (const reports of this.#places.values()) yield* reports;
  }
}

/** Who may be where these were told, the newest first, and the last of them sure where any is. */
function mayBe(reports: readonly Told[]): Set<string | null> {
  const may = new Set<string | null>();
  const gone = new Set<string>();
  for (const { user, leaves, isSure } of reports) {
    if (leaves) {
      may.add(null);
      if (isSure) gone.add(user);
    } else {
      if (!gone.has(user)) may.add(user);
      if (isSure) return may;
    }
  }
  return may.add(null);
}
