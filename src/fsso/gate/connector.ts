import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { TlsSettings } from '../network/tls.ts';
import type { StrategyName } from '../wire/auth.ts';
import { timers } from '../wire/profile.ts';
import { LinkBoard, type Slot } from './board.ts';
import type { ConnectorEvent, FssoChange, LinkReport } from './changes.ts';
import { type CollectorAddress, Link, type LinkEvents, type LinkLimits } from './link.ts';
import { LogonIntake } from './logon-intake.ts';
import { LogonLists } from './logon-lists.ts';
import { type Logon, LogonTable } from './logon-table.ts';
import type { OwnAddress } from './own-address.ts';
import { Rotation } from './rotation.ts';
import { StaleLogons } from './stale-logons.ts';
import { type Probed, StandbyProbes } from './standby.ts';
import { Sweeps } from './sweeps.ts';
import type { Connect } from './transport.ts';

export interface FssoConnectorOptions {
  readonly name: string;
  /** `SERIAL-VDOM`. */
  readonly identity: string;
  /** One to five, in the order in which they are tried. */
  readonly collectors: readonly CollectorAddress[];
  readonly strategy: StrategyName;
  /** How long logons are kept after their link is lost, in milliseconds. */
  readonly logonTimeoutMs: number;
  /** Own address to connect from; absent lets the system choose. */
  readonly source?: OwnAddress | undefined;
  /** Absent or null: no TLS. */
  readonly tls?: TlsSettings | null | undefined;
  /** Groups that collectors are asked to confine themselves to. */
  readonly groupFilter?: readonly string[] | null | undefined;
  /** Asks for the logons right behind the hello. */
  readonly pipelined?: boolean | undefined;
  /** Between two probes of a collector that is not in use, in milliseconds; 0, or absent, is never. */
  readonly probeIntervalMs?: number | undefined;
  /** From 0 to 1, for the moment of each probe. */
  readonly random?: (() => number) | undefined;
  readonly clock: Clock;
  /** How a connection is opened; plain TCP where it is not given. */
  readonly connect?: Connect | undefined;
  /** Limits of each step of a link; those of the profile where not given. */
  readonly limits?: LinkLimits | undefined;
}

const ignore = (): void => {};

/**
 * The FortiGate side of one `user fsso` entry: keeps one link to one of up to five collectors, and the table of logons
 * that come over it (docs/protocol/fsso.md, State machines and Resync).
 */
export class FssoConnector {
  readonly logons: LogonTable;
  readonly #options: FssoConnectorOptions;
  readonly #report: (change: FssoChange) => void;
  readonly #board: LinkBoard;
  readonly #rotation: Rotation;
  readonly #probes: StandbyProbes<Slot>;
  #current: Slot | null = null;
  readonly #intake: LogonIntake;
  readonly #sweeps: Sweeps;
  readonly #lists: LogonLists;
  readonly #stale: StaleLogons;
  #onlineSince: number | null = null;
  #wake: Timer | null = null;
  #isStopped = false;

  /** `report` must not throw. */
  constructor(options: FssoConnectorOptions, report: (change: FssoChange) => void) {
    this.#options = options;
    this.#report = report;
    this.logons = new LogonTable(options.name);
    this.#sweeps = new Sweeps(options.clock);
    const { logons } = this;
    const { clock, identity, logonTimeoutMs: timeoutMs } = options;
    const emit = (change: FssoChange) => this.#emit(change);
    const tellAll = () => this.#board.tellAll();
    this.#intake = new LogonIntake(logons, clock, emit);
    const shared = { logons, clock, sweeps: this.#sweeps, intake: this.#intake, report: emit };
    this.#lists = new LogonLists({ ...shared, identity, complete: tellAll });
    this.#stale = new StaleLogons({ ...shared, timeoutMs, expired: tellAll });
    this.#rotation = new Rotation(options.collectors.length);
    this.#board = new LinkBoard(options.collectors, this.logons, options.clock, (link) =>
      this.#emit({ kind: 'link', link }),
    );
    this.#probes = new StandbyProbes<Slot>({
      clock: options.clock,
      intervalMs: options.probeIntervalMs ?? 0,
      random: options.random ?? Math.random,
      link: (slot, ended) =>
        this.#linkTo(slot, 'probe', { changed: ignore, online: ignore, received: ignore, ended }),
      notBefore: (slot) => this.#rotation.notBefore(slot.position - 1),
      probed: (slot, how) => this.#probed(slot, how),
    });
    this.#board.probes = this.#probes;
  }

  /** Logoffs that matched no logon, and logons without a user. */
  get orphans(): number {
    return this.#board.slots.reduce((sum, slot) => sum + slot.orphans, 0);
  }

  /** Every collector as last seen, in list order. */
  get links(): LinkReport[] {
    return this.#board.reports;
  }

  /** Begins with the first collector; called once, and returns at once. */
  start(): void {
    this.#board.tellAll();
    this.#tryNext();
  }

  /** Closes the link and every timer; nothing is reported afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.cancel();
    this.#stale.stop();
    this.#board.stop();
    this.#sweeps.stop();
    this.#lists.stop();
    await Promise.all([this.#probes.stop(), ...this.#board.slots.map((slot) => slot.link?.close())]);
  }

  /** Asks the active collector for all logons again; false when there is none. */
  refreshLogons(): boolean {
    if (this.#onlineSince === null || this.#current === null) return false;
    this.#lists.ask(this.#current);
    return true;
  }

  /**
   * Empties our own table, or takes the chosen logons out of it. They return by events or a refresh.
   * @returns how many left, once they have; never where the connector is stopped meanwhile
   */
  clearLogons(isChosen: (logon: Logon) => boolean = () => true): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    let count = 0;
    this.#sweeps.add(
      this.logons.clear(isChosen),
      (removal) => {
        count += 1;
        this.#intake.removed(removal, 'cleared');
      },
      () => {
        this.#log({ name: 'cleared', count });
        this.#board.tellAll();
        resolve(count);
      },
    );
    return promise;
  }

  /** Begins again at the first collector; false when that one is in use already. */
  failBack(): boolean {
    if (this.#isStopped || (this.#onlineSince !== null && this.#current?.position === 1)) return false;
    const left = this.#current;
    if (left !== null) {
      void left.link?.close();
      this.#leave(left);
    }
    this.#rotation.restart();
    this.#board.failedOverAt = null;
    for (const slot of this.#board.slots) Object.assign(slot, { nextTryAt: null, restsUntil: null });
    this.#tryNext();
    return true;
  }

  #tryNext(): void {
    this.#wake?.cancel();
    const now = this.#options.clock.now();
    const step = this.#rotation.next(now);
    if ('attempt' in step) {
      this.#attempt(this.#board.slots[step.attempt] as Slot);
      return;
    }
    this.#board.slots.forEach((slot, index) => {
      slot.nextTryAt = Math.max(step.waitUntil, this.#rotation.notBefore(index));
    });
    this.#wake = this.#options.clock.after(step.waitUntil - now, () => this.#tryNext());
    this.#board.tellAll();
    this.#log({ name: 'round-failed', nextTryAt: step.waitUntil });
  }

  #attempt(slot: Slot): void {
    this.#board.attempted(slot);
    this.#current = slot;
    const link: Link = this.#linkTo(slot, 'login', {
      changed: (stateChanged) => (stateChanged ? this.#board.tell(slot) : this.#board.touch(slot)),
      online: (implicit) => this.#online(slot, implicit),
      received: (message) => this.#lists.received(slot, message),
      ended: () => this.#ended(slot, link),
    });
    slot.link = link;
    link.open();
  }

  #linkTo(slot: Slot, purpose: 'login' | 'probe', events: LinkEvents): Link {
    const { collectors: _, name: __, ...options } = this.#options;
    return new Link({ ...options, ...slot.collector, purpose }, events);
  }

  #probed(slot: Slot, how: Omit<Probed, 'since'>): void {
    const before = slot.probed;
    const isSame = before !== null && before.state === how.state;
    slot.probed = { ...how, since: isSame ? before.since : how.at };
    slot.version = how.version ?? slot.version;
    const { problem } = how;
    if (problem !== null) this.#tellOnce(slot, problem, 'standby-failed');
    else if (before?.problem) {
      slot.told = null;
      this.#log({ name: 'standby-answers', server: slot.server });
    }
    this.#board.tell(slot);
  }

  #online(slot: Slot, implicit: boolean): void {
    const { clock } = this.#options;
    this.#onlineSince = clock.now();
    this.#board.active = slot;
    slot.told = null;
    slot.version = slot.link?.version ?? null;
    for (const other of this.#board.slots) other.nextTryAt = null;
    this.#board.failedOverAt = slot.position === 1 ? null : (this.#board.failedOverAt ?? clock.now());
    this.#probes.start(
      this.#board.slots.filter((other) => other !== slot),
      (other) => other.link !== null,
    );
    this.#log({ name: 'connected', server: slot.server, version: slot.version, implicit });
    this.#lists.start(slot);
    this.#board.tellAll();
  }

  #ended(slot: Slot, link: Link): void {
    const { clock } = this.#options;
    slot.version = link.version ?? slot.version;
    const wasOnline = this.#onlineSince !== null;
    // A link that came up and broke at once is no success (docs/protocol/fsso.md, State machines).
    if (wasOnline && clock.now() - (this.#onlineSince ?? 0) >= timers.collectorKeepalive)
      this.#rotation.steady();
    if (link.state === 'refused') {
      this.#rotation.refused(slot.position - 1, clock.now());
      slot.restsUntil = this.#rotation.notBefore(slot.position - 1);
      slot.nextTryAt = slot.restsUntil;
    }
    this.#leave(slot);
    const { problem } = link;
    if (!wasOnline && problem !== null) this.#tellOnce(slot, problem, 'attempt-failed');
    this.#tryNext();
  }

  /** Says a problem of a collector once, however often it is met. */
  #tellOnce(slot: Slot, problem: Problem, name: 'attempt-failed' | 'standby-failed'): void {
    const said = `${problem.stage}|${problem.code}|${problem.message}`;
    if (slot.told !== said) this.#log({ name, server: slot.server, problem });
    slot.told = said;
  }

  /** The link of `slot` is over, by itself or by us: what came over it is kept for a while. */
  #leave(slot: Slot): void {
    const { clock, logonTimeoutMs } = this.#options;
    this.#lists.stop();
    void this.#probes.stop();
    const wasOnline = this.#onlineSince !== null;
    this.#onlineSince = null;
    this.#board.active = null;
    this.#current = null;
    if (wasOnline) {
      const kept = this.logons.live(slot.server);
      slot.keptUntil = clock.now() + logonTimeoutMs;
      // The link first, so that whoever watches knows why the logons change.
      this.#board.tell(slot);
      this.#log({
        name: 'disconnected',
        server: slot.server,
        problem: slot.link?.problem ?? null,
        kept,
      });
      this.#stale.mark(slot.server);
    } else this.#board.tell(slot);
  }

  #log(event: ConnectorEvent): void {
    this.#emit({ kind: 'event', event });
  }

  #emit(change: FssoChange): void {
    if (!this.#isStopped) this.#report(change);
  }
}
