import { Gathering } from '../../gathering.ts';
import { encodeEvent } from '../wire/messages.ts';
import type { Entry, EntryChange } from './entry.ts';
import { EventBatch } from './event-batch.ts';
import { type GroupFilter, sameFilter } from './filters.ts';
import type { UserGroups } from './groups/lookup.ts';
import { recordOf } from './records.ts';

/** Who is told of what passes a filter. */
export interface Told {
  /** Takes events in their order; others are given the same batch. */
  take(batch: EventBatch): void;
}

/** Those whose filters let the same logons through. */
interface FilterClass {
  readonly filter: GroupFilter | null;
  readonly told: Set<Told>;
  /** What they are still to be told. */
  frames: Buffer[];
}

/**
 * The FortiGates by what their filters let through: each change of the table is matched and encoded once for all whose
 * filter is the same, and the changes of a few turns of the event loop reach them as one batch.
 */
export class FilterClasses {
  readonly #classes = new Set<FilterClass>();
  readonly #places = new Map<Told, FilterClass>();
  readonly #gathering = new Gathering(() => this.flush());
  /** The classes that a list of groups passes to; until other filters come or go. */
  #passing = new WeakMap<UserGroups, readonly FilterClass[]>();

  /** From now on tells somebody of what passes the filter, in place of the filter before. */
  put(told: Told, filter: GroupFilter | null): void {
    // What has happened up to now is not for who comes, and is for who goes.
    this.flush();
    this.forget(told);
    let place = [...this.#classes].find((each) => sameFilter(each.filter, filter));
    if (!place) {
      place = { filter, told: new Set(), frames: [] };
      this.#classes.add(place);
      this.#passing = new WeakMap();
    }
    place.told.add(told);
    this.#places.set(told, place);
  }

  /** Tells somebody no more; what happened before has been told. */
  remove(told: Told): void {
    if (!this.#places.has(told)) return;
    this.flush();
    this.forget(told);
  }

  /** Tells somebody nothing more, not even what happened before. */
  forget(told: Told): void {
    const place = this.#places.get(told);
    this.#places.delete(told);
    if (!place) return;
    place.told.delete(told);
    if (place.told.size > 0) return;
    this.#classes.delete(place);
    this.#passing = new WeakMap();
  }

  /**
   * Tells of a change, so that the table of each is always what a bulk would give it (docs/protocol/fsso.md, Group
   * filters).
   */
  apply(change: EntryChange): void {
    if (change.kind === 'status' || this.#classes.size === 0) return;
    const { entry } = change;
    const now = this.#passingTo(entry.groups);
    queue(now, entry, change.kind === 'logon');
    const previous = change.kind === 'logon' ? change.previous : null;
    if (previous && previous.groups !== entry.groups) {
      // The address belongs to somebody now of whom these are not told.
      const gone = this.#passingTo(previous.groups).filter((each) => !now.includes(each));
      queue(gone, previous, false);
      if (gone.length > 0) this.#gathering.add();
    }
    if (now.length > 0) this.#gathering.add();
  }

  /** Hands on what has been gathered. */
  flush(): void {
    this.#gathering.clear();
    for (const place of this.#classes) {
      const { frames, told } = place;
      if (frames.length === 0) continue;
      // First, for whoever takes the batch may leave.
      place.frames = [];
      const batch = new EventBatch(frames);
      for (const each of told) each.take(batch);
    }
  }

  #passingTo(groups: UserGroups): readonly FilterClass[] {
    const known = this.#passing.get(groups);
    if (known) return known;
    const passing = [...this.#classes].filter(({ filter }) => filter === null || filter.matches(groups));
    this.#passing.set(groups, passing);
    return passing;
  }
}

/** Encodes the event once for all who are sent the same. */
function queue(classes: readonly FilterClass[], entry: Entry, loggedOn: boolean): void {
  let groups: string | null = null;
  let frame: Buffer = Buffer.alloc(0);
  for (const { filter, frames } of classes) {
    const record = recordOf(entry, loggedOn, filter);
    if (groups !== record.groups) frame = encodeEvent(0, record);
    groups = record.groups;
    frames.push(frame);
  }
}
