import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { LinkState } from './changes.ts';
import type { Link } from './link.ts';
import type { Stage } from './stages.ts';

/** How the latest probe of one collector went. Times are milliseconds since the epoch. */
export interface Probed {
  readonly at: number;
  /** `standby` where it answered. */
  readonly state: LinkState;
  /** Since when every probe went this way. */
  readonly since: number;
  readonly version: string | null;
  readonly stages: readonly Stage[];
  readonly problem: Problem | null;
}

export interface StandbyOptions<Slot> {
  readonly clock: Clock;
  /** Between two probes of one collector, a fifth more or less; 0 is never. */
  readonly intervalMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** A link to the collector that leaves when the hello came. */
  link(slot: Slot, ended: () => void): Link;
  /** Not before this time, for a collector that is to be left alone. */
  notBefore(slot: Slot): number;
  probed(slot: Slot, how: Omit<Probed, 'since'>): void;
}

/** The first probe of a collector that nothing is known of comes within so many milliseconds. */
const firstWithin = 5000;
/** Part of the interval by which it varies, so that the probes of many gates do not meet. */
const jitter = 0.2;

/**
 * Probes collectors while they are not in use, so that one that is dead or wrongly configured is seen before it is needed
 * (docs/protocol/fsso.md, Standby probes). Connection, TLS and hello only: never a login.
 */
export class StandbyProbes<Slot> {
  readonly #options: StandbyOptions<Slot>;
  readonly #timers = new Map<Slot, Timer>();
  readonly #due = new Map<Slot, number>();
  readonly #links = new Set<Link>();

  constructor(options: StandbyOptions<Slot>) {
    this.#options = options;
  }

  get isOff(): boolean {
    return this.#options.intervalMs === 0;
  }

  /** When a collector is probed next; null when it is not, or while it is. */
  nextAt(slot: Slot): number | null {
    return this.#due.get(slot) ?? null;
  }

  /** Begins; `isKnown` tells of which of them something was learnt just now. */
  start(slots: readonly Slot[], isKnown: (slot: Slot) => boolean): void {
    void this.stop();
    if (this.isOff) return;
    const { random, intervalMs } = this.#options;
    for (const slot of slots)
      this.#schedule(slot, isKnown(slot) ? this.#pause() : random() * Math.min(firstWithin, intervalMs));
  }

  /** Ends every probe, those under way without a result. Resolves when their sockets are gone. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#due.clear();
    const links = [...this.#links];
    this.#links.clear();
    await Promise.all(links.map((link) => link.close()));
  }

  #pause(): number {
    const { random, intervalMs } = this.#options;
    return intervalMs * (1 - jitter + 2 * jitter * random());
  }

  #schedule(slot: Slot, ms: number): void {
    const { clock, notBefore } = this.#options;
    const wait = Math.max(ms, notBefore(slot) - clock.now());
    this.#due.set(slot, clock.now() + wait);
    this.#timers.set(
      slot,
      clock.after(wait, () => this.#probe(slot)),
    );
  }

  #probe(slot: Slot): void {
    const { clock, probed } = this.#options;
    this.#timers.delete(slot);
    this.#due.delete(slot);
    const link: Link = this.#options.link(slot, () => {
      this.#links.delete(link);
      this.#schedule(slot, this.#pause());
      const { state, version, problem, handshake } = link;
      probed(slot, { at: clock.now(), state, version, problem, stages: handshake.stages });
    });
    this.#links.add(link);
    link.open();
  }
}
