import type { Clock } from '../../clock.ts';
import type { LogonRecord } from '../wire/messages.ts';
import type { Slot } from './board.ts';
import type { FssoChange, RemoveReason } from './changes.ts';
import type { Logon, LogonTable, Removal } from './logon-table.ts';

/** The way of a collector's records into the table, and what is told of it. */
export class LogonIntake {
  readonly #logons: LogonTable;
  readonly #clock: Clock;
  readonly #report: (change: FssoChange) => void;
  #isFull = false;
  /** Of the list that comes in: its records, and those that were new. */
  #counts = { records: 0, added: 0 };

  constructor(logons: LogonTable, clock: Clock, report: (change: FssoChange) => void) {
    this.#logons = logons;
    this.#clock = clock;
    this.#report = report;
  }

  get counts(): { readonly records: number; readonly added: number } {
    return this.#counts;
  }

  beginList(): void {
    this.#logons.beginList();
    this.#counts = { records: 0, added: 0 };
  }

  /** A record of a list. */
  listed(slot: Slot, record: LogonRecord): void {
    this.#counts.records += 1;
    this.#take(slot, record, false);
  }

  /** A record that came as it happened. */
  happened(slot: Slot, record: LogonRecord): void {
    slot.events += 1;
    this.#take(slot, record, true);
  }

  /** Tells of a logon that has left the table. */
  removed({ logon, others }: Removal, why: RemoveReason): void {
    this.#isFull = false;
    this.#report({ kind: 'logon', op: 'remove', logon, why });
    this.#marked(others);
  }

  #take(slot: Slot, record: LogonRecord, live: boolean): void {
    const now = this.#clock.now();
    if (!record.loggedOn) {
      const removal = this.#logons.logoff(record, now);
      if (removal === null) slot.orphans += 1;
      else this.removed(removal, 'logoff');
      return;
    }
    if (record.user === '') {
      slot.orphans += 1;
      return;
    }
    const { outcome, logon, previous, others } = this.#logons.put(record, slot.server, now);
    if (outcome === 'repeated') return;
    if (outcome === 'refused') {
      slot.refused += 1;
      if (previous !== null) this.removed({ logon: previous, others }, 'logoff');
      if (!this.#isFull) this.#full(slot);
      this.#isFull = true;
      return;
    }
    if (outcome === 'new') this.#counts.added += 1;
    if (live && outcome !== 'updated') slot.skew.take(record.logonTime, now);
    this.#report({ kind: 'logon', op: 'put', logon, why: outcome, previous, live });
    this.#marked(others);
    const overlapping = others.filter((other) => logon.overlaps.includes(other.record.session));
    if (overlapping.length > 0)
      this.#report({ kind: 'event', event: { name: 'ports-overlap', logon, others: overlapping } });
  }

  #full({ server }: Slot): void {
    this.#report({ kind: 'event', event: { name: 'table-full', server, size: this.#logons.size } });
  }

  #marked(logons: readonly Logon[]): void {
    for (const logon of logons)
      this.#report({ kind: 'logon', op: 'put', logon, why: 'ports', previous: logon, live: false });
  }
}
