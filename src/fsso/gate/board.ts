import type { Clock, Timer } from '../../clock.ts';
import type { LinkReport } from './changes.ts';
import { type CollectorAddress, type Link, serverName } from './link.ts';
import type { LogonTable } from './logon-table.ts';

/** What is known of one configured collector. */
export interface Slot {
  readonly collector: CollectorAddress;
  /** `host:port`. */
  readonly server: string;
  /** Place in the list, counted from 1. */
  readonly position: number;
  /** The latest attempt. */
  link: Link | null;
  version: string | null;
  nextTryAt: number | null;
  events: number;
  /** The problem that was last reported as an event, so that each retry does not repeat it. */
  told: string | null;
  /** Counters have changed since the last report. */
  changed: boolean;
}

/** Counters are reported at most so often, in milliseconds; a new state is reported at once. */
const counterInterval = 250;

/** The collectors of one connector as last seen, and when each is reported. */
export class LinkBoard {
  readonly slots: readonly Slot[];
  /** The one that logons come from now. */
  active: Slot | null = null;
  readonly #logons: LogonTable;
  readonly #clock: Clock;
  readonly #began: number;
  readonly #report: (link: LinkReport) => void;
  #counters: Timer | null = null;

  constructor(
    collectors: readonly CollectorAddress[],
    logons: LogonTable,
    clock: Clock,
    report: (link: LinkReport) => void,
  ) {
    this.#logons = logons;
    this.#clock = clock;
    this.#began = clock.now();
    this.#report = report;
    this.slots = collectors.map((collector, index) => ({
      collector,
      server: serverName(collector.host, collector.port),
      position: index + 1,
      link: null,
      version: null,
      nextTryAt: null,
      events: 0,
      told: null,
      changed: false,
    }));
  }

  get reports(): LinkReport[] {
    return this.slots.map((slot) => this.#reportOf(slot));
  }

  /** Reports one collector now. */
  tell(slot: Slot): void {
    slot.changed = false;
    this.#report(this.#reportOf(slot));
  }

  tellAll(): void {
    for (const slot of this.slots) this.tell(slot);
  }

  /** Reports the counters of one collector soon. */
  touch(slot: Slot): void {
    slot.changed = true;
    this.#counters ??= this.#clock.after(counterInterval, () => {
      this.#counters = null;
      for (const each of this.slots) if (each.changed) this.tell(each);
    });
  }

  stop(): void {
    this.#counters?.cancel();
  }

  #reportOf(slot: Slot): LinkReport {
    const { link } = slot;
    return {
      server: slot.server,
      position: slot.position,
      active: slot === this.active,
      state: link?.state ?? 'standby',
      version: link?.version ?? slot.version,
      since: link?.since ?? this.#began,
      lastHeard: link?.lastHeard ?? null,
      nextTryAt: slot.nextTryAt,
      logons: this.#logons.count(slot.server),
      events: slot.events,
      gaps: link?.gaps ?? 0,
      unknown: link?.unknown ?? 0,
      problem: link?.problem ?? null,
    };
  }
}
