import type { Clock } from '../../../clock.ts';
import type { EntryTable } from '../entries.ts';
import type { Entry, EntryChange } from '../entry.ts';
import type { DoubtedBecause, Report } from '../events.ts';
import type { QueueHealth } from '../queue.ts';
import type { WorkstationResolver } from '../resolve.ts';
import type { CollectorChanges } from '../settings.ts';
import { AddressCheck, type AddressCheckCounts } from './address-check.ts';
import type { Sweep } from './sweep.ts';
import {
  type LastCheck,
  type PresenceCounts,
  type WorkstationCheckOptions,
  WorkstationChecks,
} from './workstation-check.ts';

/** How sure the collector is of an entry, and until when. Times are milliseconds since the epoch. */
export interface Disposition {
  /** As the product shows it: `OK` or `Not Verified`. */
  readonly status: 'ok' | 'not-verified';
  readonly doubt: DoubtedBecause | null;
  readonly reportedAt: number;
  /** null where the workstation has not said that the user is there. */
  readonly verifiedAt: number | null;
  /** null where its address, or its workstation, is not checked. */
  readonly addressCheckAt: number | null;
  readonly workstationCheckAt: number | null;
  /** When it ends if nothing speaks for it until then; null for never. */
  readonly expiresAt: number | null;
  /** What its workstation said last; null where it was not asked. */
  readonly lastCheck: LastCheck | null;
}

/** What the checks have found since the start; null for one that is off. */
export interface CheckCounts {
  readonly address: AddressCheckCounts | null;
  readonly workstation: PresenceCounts | null;
}

export interface ChecksOptions {
  readonly clock: Clock;
  readonly entries: EntryTable;
  readonly resolver: WorkstationResolver;
  /** Milliseconds between two looks at the addresses of a workstation; 0: never. */
  readonly addressCheckMs: number;
  /** null: workstations are not asked. */
  readonly workstation: WorkstationCheckOptions | null;
  readonly report: Report;
  /** The workstation of an entry was asked, and the entry is still there. */
  readonly checked?: (entry: Entry) => void;
}

/** The checks that entries go through while they live. */
export class Checks {
  readonly #entries: EntryTable;
  readonly #options: ChecksOptions;
  #address: AddressCheck | null;
  #workstation: WorkstationChecks | null;
  #doubted = 0;

  constructor(options: ChecksOptions) {
    this.#options = options;
    this.#entries = options.entries;
    this.#address = this.#addressCheck(options.addressCheckMs);
    this.#workstation = this.#workstationChecks(options.workstation);
  }

  /** Begins anew with other settings; a check whose setting is absent goes on. */
  retune({
    addressCheckMs,
    workstationCheck,
  }: Pick<CollectorChanges, 'addressCheckMs' | 'workstationCheck'>): void {
    if (addressCheckMs !== undefined) {
      this.#address?.stop();
      this.#address = this.#addressCheck(addressCheckMs);
      if (this.#address) this.#visitAll(this.#address);
    }
    if (workstationCheck !== undefined) {
      this.#workstation?.stop();
      this.#workstation = this.#workstationChecks(workstationCheck);
      if (this.#workstation) this.#visitAll(this.#workstation);
    }
  }

  get queues(): QueueHealth[] {
    return [this.#address, this.#workstation].flatMap((check) => (check ? [check.sweep.health] : []));
  }

  /** Entries that are `Not Verified` now. */
  get doubted(): number {
    return this.#doubted;
  }

  get counts(): CheckCounts {
    return { address: this.#address?.counts ?? null, workstation: this.#workstation?.counts ?? null };
  }

  dispositionOf(entry: Entry): Disposition {
    const { key, doubt, updatedAt, verifiedAt } = entry;
    return {
      status: doubt === null ? 'ok' : 'not-verified',
      doubt,
      reportedAt: updatedAt,
      verifiedAt,
      addressCheckAt: this.#address?.sweep.dueOf(key) ?? null,
      workstationCheckAt: this.#workstation?.sweep.dueOf(key) ?? null,
      expiresAt: this.#entries.expiryOf(entry),
      lastCheck: this.#workstation?.lastOf(key) ?? null,
    };
  }

  /** Follows the table. */
  observe(change: EntryChange): void {
    const before = change.kind === 'logoff' ? change.entry : change.previous;
    const after = change.kind === 'logoff' ? null : change.entry;
    this.#doubted += Number((after?.doubt ?? null) !== null) - Number((before?.doubt ?? null) !== null);
    this.#address?.sweep.observe(change);
    this.#workstation?.observe(change);
  }

  stop(): void {
    this.#address?.stop();
    this.#workstation?.stop();
  }

  #addressCheck(interval: number): AddressCheck | null {
    const { clock, entries, resolver } = this.#options;
    return interval > 0 && resolver.canAsk ? new AddressCheck({ clock, entries, resolver, interval }) : null;
  }

  #workstationChecks(options: WorkstationCheckOptions | null): WorkstationChecks | null {
    const { clock, entries, report, checked = () => {} } = this.#options;
    return options && new WorkstationChecks(options, { clock, report }, entries, checked);
  }

  #visitAll({ sweep }: { readonly sweep: Sweep }): void {
    for (const entry of this.#entries.snapshot()) sweep.observe({ kind: 'logon', entry, previous: null });
  }
}
