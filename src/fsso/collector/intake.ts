import type { Clock } from '../../clock.ts';
import type { EntryTable } from './entries.ts';
import { collectorEvent, type IgnoredBecause, type Report, type UnresolvedBecause } from './events.ts';
import type { FeedLogoff, FeedLogon, FeedSink } from './feeds/feed.ts';
import { type GroupLookup, type UserGroups, userGroups } from './groups/lookup.ts';
import { Repeats } from './repeats.ts';
import type { WorkstationResolver } from './resolve.ts';
import type { QueueHealth } from './status.ts';

export interface IntakeOptions {
  readonly clock: Clock;
  readonly entries: EntryTable;
  readonly resolver: WorkstationResolver;
  readonly groups: GroupLookup;
  readonly report: Report;
}

/**
 * The way of a logon from a feed into the table: its address, its groups, its entry. Each report is numbered as it
 * arrives, so that one that had to wait cannot undo a later one (docs/protocol/fsso.md, Life of an entry).
 */
export class Intake implements FeedSink {
  readonly #options: IntakeOptions;
  readonly #repeats: Repeats;
  /** When each logon that waits for groups began to, in that order. */
  readonly #awaitingGroups = new Map<number, number>();
  #arrivals = 0;
  #notResolved = 0;
  #stopped = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#repeats = new Repeats(options.clock);
  }

  /** Logons since the start whose workstation gave no address. */
  get notResolved(): number {
    return this.#notResolved;
  }

  get queues(): QueueHealth[] {
    const { resolver, clock } = this.#options;
    const since = this.#awaitingGroups.values().next().value;
    return [
      { name: 'address', length: resolver.waiting, oldestMs: resolver.oldestWait },
      {
        name: 'groups',
        length: this.#awaitingGroups.size,
        oldestMs: since === undefined ? null : clock.now() - since,
      },
    ];
  }

  logon(logon: FeedLogon): void {
    this.#arrivals += 1;
    const arrival = this.#arrivals;
    const { ip, otherIp } = logon;
    if (ip !== null) {
      this.#group(logon, arrival, ip, otherIp);
      return;
    }
    this.#options.resolver.resolve(logon.workstation, logon.domain, (resolution) => {
      if (resolution.failure !== null) this.#unresolved(logon, resolution.failure);
      else this.#group(logon, arrival, resolution.ip, otherIp ?? resolution.otherIp);
    });
  }

  logoff({ ip, session, user }: FeedLogoff): void {
    this.#arrivals += 1;
    this.#options.entries.end(ip, session, 'reported', user, this.#arrivals);
  }

  /** Gives up what waits. */
  stop(): void {
    this.#stopped = true;
    this.#awaitingGroups.clear();
    this.#options.resolver.stop();
  }

  #group(logon: FeedLogon, arrival: number, ip: string, otherIp: string | null): void {
    const groups = logon.groups
      ? userGroups(logon.groups)
      : this.#options.groups.of(logon.domain, logon.user);
    if (!(groups instanceof Promise)) {
      this.#put(logon, arrival, ip, otherIp, groups);
      return;
    }
    this.#awaitingGroups.set(arrival, this.#options.clock.now());
    void groups.then((found) => {
      if (this.#stopped) return;
      this.#awaitingGroups.delete(arrival);
      this.#put(logon, arrival, ip, otherIp, found);
    });
  }

  #put(logon: FeedLogon, arrival: number, ip: string, otherIp: string | null, groups: UserGroups): void {
    // Field by field, which is a good deal faster than a spread, and this is done for every datagram.
    const ignored = this.#options.entries.put({
      ip,
      otherIp,
      ip6: logon.ip6,
      user: logon.user,
      domain: logon.domain,
      workstation: logon.workstation,
      logonTime: logon.logonTime,
      terminal: logon.terminal,
      groups,
      feed: logon.feed,
      agent: logon.agent,
      arrival,
    });
    if (ignored !== null) this.#ignored(logon, ignored);
  }

  #ignored(logon: FeedLogon, why: IgnoredBecause): void {
    const { ip, user, domain, workstation, agent } = logon;
    const session = logon.terminal?.session ?? 0;
    this.#options.report(
      collectorEvent({ msg: 'logon ignored', ip, session, user, domain, workstation, why, agent }),
    );
  }

  #unresolved({ workstation, domain, user }: FeedLogon, why: UnresolvedBecause): void {
    this.#notResolved += 1;
    const held = this.#repeats.pass(`${why} ${workstation}`);
    if (held === null) return;
    this.#options.report(
      collectorEvent({
        msg: 'name not resolved',
        workstation,
        domain,
        user,
        why,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}
