import type { Clock, Timer } from '../../clock.ts';
import type { LinkReport, ProbeReport } from './changes.ts';
import { ClockSkew } from './clock-skew.ts';
import { type CollectorAddress, type Link, serverName } from './link.ts';
import type { LogonTable } from './logon-table.ts';
import type { Probed, StandbyProbes } from './standby.ts';

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
  orphans: number;
  refused: number;
  readonly skew: ClockSkew;
  /** The problem that was last reported as an event, so that each retry does not repeat it. */
  told: string | null;
  /** The latest probe, where it came after `link`. */
  probed: Probed | null;
  /** When the latest attempts to log in began. */
  attempts: number[];
  /** A collector that refused us is left alone until then. */
  restsUntil: number | null;
  /** Until when its logons are kept; null while they are live. */
  keptUntil: number | null;
  /** Counters have changed since the last report. */
  changed: boolean;
}

/** Counters are reported at most so often, in milliseconds; a new state is reported at once. */
const counterInterval = 250;

/** How far back attempts are remembered, in milliseconds, and how many. */
const attemptsWithin = 60_000;
const mostAttempts = 100;

/** The collectors of one connector as last seen, and when each is reported. */
export class LinkBoard {
  readonly slots: readonly Slot[];
  /** The one that logons come from now. */
  active: Slot | null = null;
  /** Since when the connector is at another collector than the first. */
  failedOverAt: number | null = null;
  /** Set once, by the connector that owns both. */
  probes: StandbyProbes<Slot> | null = null;
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
      orphans: 0,
      refused: 0,
      skew: new ClockSkew(),
      told: null,
      probed: null,
      attempts: [],
      restsUntil: null,
      keptUntil: null,
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

  /** An attempt to log in to a collector begins: what probes said of it is old news. */
  attempted(slot: Slot): void {
    slot.nextTryAt = null;
    slot.restsUntil = null;
    slot.probed = null;
    slot.attempts = [...this.#recent(slot), this.#clock.now()].slice(-mostAttempts);
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

  #recent(slot: Slot): number[] {
    const from = this.#clock.now() - attemptsWithin;
    return slot.attempts.filter((time) => time > from);
  }

  #reportOf(slot: Slot): LinkReport {
    const { link } = slot;
    const active = slot === this.active;
    const logons = this.#logons.count(slot.server);
    return {
      server: slot.server,
      position: slot.position,
      active,
      ...this.#seen(slot),
      version: link?.version ?? slot.version,
      lastHeard: link?.lastHeard ?? null,
      nextTryAt: slot.nextTryAt,
      restsUntil: slot.restsUntil,
      logons,
      events: slot.events,
      gaps: link?.gaps ?? 0,
      unknown: link?.unknown ?? 0,
      orphans: slot.orphans,
      refused: slot.refused,
      clockSkewMs: slot.skew.ms,
      handshake: link?.handshake ?? null,
      probe: this.#probe(slot),
      attempts: this.#recent(slot),
      keptUntil: logons > 0 ? slot.keptUntil : null,
      failedOverAt: active ? this.failedOverAt : null,
    };
  }

  /** What is known of a collector last, by an attempt to log in or by a probe after it. */
  #seen({ link, probed }: Slot): Pick<LinkReport, 'state' | 'since' | 'problem'> {
    // A hello does not say whether the password would be taken now.
    const isRefused = link?.state === 'refused' && probed?.problem === null;
    if (probed !== null && !isRefused) {
      const { state, since, problem } = probed;
      return { state, since, problem };
    }
    return {
      state: link?.state ?? 'standby',
      since: link?.since ?? this.#began,
      problem: link?.problem ?? null,
    };
  }

  #probe(slot: Slot): ProbeReport | null {
    if (this.probes === null || this.probes.isOff) return null;
    const { probed } = slot;
    return {
      at: probed?.at ?? null,
      stages: probed?.stages ?? [],
      problem: probed?.problem ?? null,
      nextAt: this.probes.nextAt(slot),
    };
  }
}
