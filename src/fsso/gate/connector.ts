import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { StrategyName } from '../wire/auth.ts';
import type { LogonRecord, Message } from '../wire/messages.ts';
import { timers } from '../wire/profile.ts';
import { LinkBoard, type Slot } from './board.ts';
import type { ConnectorEvent, FssoChange, LinkReport, RemoveReason } from './changes.ts';
import { type CollectorAddress, Link, type LinkEvents, type LinkLimits } from './link.ts';
import { ListWatch } from './list-watch.ts';
import { type Logon, LogonTable, type Removal } from './logon-table.ts';
import type { OwnAddress } from './own-address.ts';
import { problemOf } from './problems.ts';
import { Rotation } from './rotation.ts';
import { type Probed, StandbyProbes } from './standby.ts';
import { Sweeps } from './sweeps.ts';
import type { TlsSettings } from './tls.ts';
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
  #list: ListWatch | null = null;
  #counts = { records: 0, added: 0 };
  readonly #sweeps: Sweeps;
  #isFull = false;
  #onlineSince: number | null = null;
  #wake: Timer | null = null;
  #expiry: Timer | null = null;
  #isStopped = false;

  /** `report` must not throw. */
  constructor(options: FssoConnectorOptions, report: (change: FssoChange) => void) {
    this.#options = options;
    this.#report = report;
    this.logons = new LogonTable(options.name);
    this.#sweeps = new Sweeps(options.clock);
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
    for (const timer of [this.#wake, this.#expiry]) timer?.cancel();
    this.#board.stop();
    this.#sweeps.stop();
    this.#list?.stop();
    await Promise.all([this.#probes.stop(), ...this.#board.slots.map((slot) => slot.link?.close())]);
  }

  /** Asks the active collector for all logons again; false when there is none. */
  refreshLogons(): boolean {
    if (this.#onlineSince === null) return false;
    this.#askForLogons();
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
        this.#removed(removal, 'cleared');
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
      received: (message) => this.#received(slot, message),
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
    this.#list = new ListWatch(clock, {
      begun: () => {
        this.logons.beginList();
        this.#counts = { records: 0, added: 0 };
      },
      complete: () => this.#listComplete(slot),
      askAgain: () => slot.link?.requestLogons(),
      missing: () => this.#listMissing(slot),
      lastHeard: () => slot.link?.lastHeard ?? 0,
    });
    this.#log({ name: 'connected', server: slot.server, version: slot.version, implicit });
    if (slot.link?.hasAsked) this.#list.asked();
    else this.#askForLogons();
    this.#board.tellAll();
  }

  #askForLogons(): void {
    this.#current?.link?.requestLogons();
    this.#list?.asked();
  }

  #received(slot: Slot, message: Message): void {
    switch (message.kind) {
      case 'bulk-start':
        this.#list?.frameStarted();
        return;
      case 'bulk-record':
        this.#counts.records += 1;
        this.#apply(slot, message.record, false);
        return;
      case 'bulk-end':
        this.#list?.frameEnded();
        return;
      default:
        this.#list?.otherMessage();
    }
    if (message.kind !== 'event') return;
    slot.events += 1;
    this.#apply(slot, message.record, true);
  }

  #apply(slot: Slot, record: LogonRecord, live: boolean): void {
    const now = this.#options.clock.now();
    if (!record.loggedOn) {
      const removal = this.logons.logoff(record, now);
      if (removal === null) slot.orphans += 1;
      else this.#removed(removal, 'logoff');
      return;
    }
    if (record.user === '') {
      slot.orphans += 1;
      return;
    }
    const { outcome, logon, previous, others } = this.logons.put(record, slot.server, now);
    if (outcome === 'repeated') return;
    if (outcome === 'refused') {
      slot.refused += 1;
      if (previous !== null) this.#removed({ logon: previous, others }, 'logoff');
      if (!this.#isFull) this.#log({ name: 'table-full', server: slot.server, size: this.logons.size });
      this.#isFull = true;
      return;
    }
    if (outcome === 'new') this.#counts.added += 1;
    if (live && outcome !== 'updated') slot.skew.take(record.logonTime, now);
    this.#emit({ kind: 'logon', op: 'put', logon, why: outcome, previous, live });
    this.#marked(others);
    const overlapping = others.filter((other) => logon.overlaps.includes(other.record.session));
    if (overlapping.length > 0) this.#log({ name: 'ports-overlap', logon, others: overlapping });
  }

  #removed({ logon, others }: Removal, why: RemoveReason): void {
    this.#isFull = false;
    this.#emit({ kind: 'logon', op: 'remove', logon, why });
    this.#marked(others);
  }

  #marked(logons: readonly Logon[]): void {
    for (const logon of logons)
      this.#emit({ kind: 'logon', op: 'put', logon, why: 'ports', previous: logon, live: false });
  }

  #listComplete(slot: Slot): void {
    const { records, added } = this.#counts;
    const { server } = slot;
    let removed = 0;
    slot.keptUntil = null;
    slot.link?.firstBulk(true);
    this.#sweeps.add(
      this.logons.endList(server),
      (removal) => {
        removed += 1;
        this.#removed(removal, 'not-listed');
      },
      () => {
        this.#emit({ kind: 'bulk-complete', server, records, added, removed });
        this.#board.tellAll();
      },
    );
  }

  #listMissing(slot: Slot): void {
    const { host, port, password } = slot.collector;
    const { identity } = this.#options;
    const context = { host, port, identity, passwordLength: password?.length ?? null };
    const problem = problemOf('list-missing', context, null, String((2 * timers.bulkWait) / 1000));
    slot.link?.firstBulk(false);
    this.#log({ name: 'list-missing', server: slot.server, problem });
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
    this.#list?.stop();
    this.#list = null;
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
      this.#sweeps.add(
        this.logons.markStale(slot.server, clock.now() + logonTimeoutMs),
        (logon) =>
          this.#emit({ kind: 'logon', op: 'put', logon, why: 'stale', previous: logon, live: false }),
        () => this.#awaitExpiry(),
      );
    } else this.#board.tell(slot);
  }

  #awaitExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = null;
    const { clock } = this.#options;
    const next = this.logons.nextExpiry();
    if (next === null) return;
    this.#expiry = clock.after(Math.max(0, next - clock.now()), () => {
      const perServer = new Map<string, number>();
      this.#sweeps.add(
        this.logons.expire(clock.now()),
        (removal) => {
          const { server } = removal.logon;
          perServer.set(server, (perServer.get(server) ?? 0) + 1);
          this.#removed(removal, 'expired');
        },
        () => {
          for (const [server, count] of perServer) this.#log({ name: 'expired', server, count });
          this.#board.tellAll();
          this.#awaitExpiry();
        },
      );
    });
  }

  #log(event: ConnectorEvent): void {
    this.#emit({ kind: 'event', event });
  }

  #emit(change: FssoChange): void {
    if (!this.#isStopped) this.#report(change);
  }
}
