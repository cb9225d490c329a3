import type { Clock } from '../../clock.ts';
import type { DomainNames } from './domain-names.ts';
import type { EntryTable } from './entries.ts';
import { entryKey, type Logon, sameName, sameUser } from './entry.ts';
import { collectorEvent, type IgnoredBecause, type Report, type UnresolvedBecause } from './events.ts';
import type { FeedLogoff, FeedLogon, FeedSink } from './feeds/feed.ts';
import { type GroupLookup, type UserGroups, userGroups } from './groups/lookup.ts';
import type { IgnoreList } from './ignore-list.ts';
import { LateLogoffs } from './late-logoffs.ts';
import type { QueueHealth } from './queue.ts';
import { Repeats } from './repeats.ts';
import type { WorkstationResolver } from './resolve.ts';
import type { CollectorChanges } from './settings.ts';

export interface IntakeOptions {
  readonly clock: Clock;
  readonly entries: EntryTable;
  readonly ignored: IgnoreList;
  readonly resolver: WorkstationResolver;
  readonly names: Pick<DomainNames, 'of'>;
  readonly groups: GroupLookup;
  /** Milliseconds in which the same logon from another agent is not told again; 0: it always is. */
  readonly duplicateWindowMs: number;
  /** False: no logon is entered. */
  readonly isMonitoring: boolean;
  readonly report: Report;
}

type Addresses = Pick<Logon, 'ip' | 'otherIp' | 'ip6'>;

/**
 * The way of a logon from a feed into the table: name of its domain, ignore list, address, duplicates, groups, entry. Each report is numbered
 * as it arrives, so that one that had to wait cannot undo a later one (docs/protocol/fsso.md, Life of an entry).
 */
export class Intake implements FeedSink {
  #options: IntakeOptions;
  readonly #repeats: Repeats;
  /** When each logon that waits for what a directory says, of its groups or its domain, began to, in that order. */
  readonly #awaitingDirectory = new Map<number, number>();
  readonly #lateLogoffs = new LateLogoffs();
  readonly #ignored: Partial<Record<IgnoredBecause, number>> = {};
  #arrivals = 0;
  /** Logons that wait for their address or their groups. */
  #waiting = 0;
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

  /** Logons since the start that changed nothing, by why. */
  get ignored(): Readonly<Partial<Record<IgnoredBecause, number>>> {
    return { ...this.#ignored };
  }

  get queues(): QueueHealth[] {
    const { resolver, clock } = this.#options;
    const since = this.#awaitingDirectory.values().next().value;
    return [
      { name: 'address', length: resolver.waiting, oldestMs: resolver.oldestWait },
      {
        name: 'groups',
        length: this.#awaitingDirectory.size,
        oldestMs: since === undefined ? null : clock.now() - since,
      },
    ];
  }

  /** Takes up other settings, for logons that come from now on; what is absent stays. */
  retune(
    { duplicateWindowMs, isMonitoring }: Pick<CollectorChanges, 'duplicateWindowMs' | 'isMonitoring'>,
    ignored: IgnoreList | null,
  ): void {
    this.#options = {
      ...this.#options,
      ...(duplicateWindowMs !== undefined && { duplicateWindowMs }),
      ...(isMonitoring !== undefined && { isMonitoring }),
      ...(ignored !== null && { ignored }),
    };
  }

  logon(logon: FeedLogon): void {
    this.#arrivals += 1;
    if (!this.#options.isMonitoring) {
      this.#count('not-monitored');
      return;
    }
    const arrival = this.#arrivals;
    const named = this.#options.names.of(logon.domain);
    if (!(named instanceof Promise)) {
      this.#named(logon, named, arrival);
      return;
    }
    this.#waiting += 1;
    this.#awaitingDirectory.set(arrival, this.#options.clock.now());
    void named.then((domain) => {
      if (this.#stopped) return;
      this.#awaitingDirectory.delete(arrival);
      this.#named(logon, domain, arrival);
      this.#settle();
    });
  }

  /** Goes on with a logon whose domain has its name. */
  #named(written: FeedLogon, domain: string, arrival: number): void {
    const { ignored } = this.#options;
    const isOther = domain !== written.domain;
    const logon = isOther ? { ...written, domain } : written;
    const { ip, otherIp, ip6 } = logon;
    const why = ignored.ignores(logon) ?? (isOther ? ignored.ignores(written) : null);
    if (why !== null) {
      this.#ignore(logon, why);
      return;
    }
    if (ip !== null) {
      this.#located(logon, arrival, { ip, otherIp, ip6 });
      return;
    }
    this.#waiting += 1;
    this.#options.resolver.resolve(logon.workstation, logon.domain, (resolution) => {
      if (resolution.failure !== null) this.#unresolved(logon, resolution.failure);
      else
        this.#located(logon, arrival, {
          ip: resolution.ip,
          otherIp: otherIp ?? resolution.otherIp,
          ip6: ip6 ?? resolution.ip6,
        });
      this.#settle();
    });
  }

  logoff(logoff: FeedLogoff): void {
    this.#arrivals += 1;
    const { ip, session, user } = logoff;
    const { entries } = this.#options;
    const entry = entries.get(entryKey(ip, session));
    if (entry && (user === null || sameName(entry.user, user))) entries.end(entry, 'reported');
    if (this.#waiting > 0) this.#lateLogoffs.note(logoff, this.#arrivals);
  }

  /** Gives up what waits. */
  stop(): void {
    this.#stopped = true;
    this.#awaitingDirectory.clear();
    this.#options.resolver.stop();
  }

  /** Goes on with a logon whose address is known. */
  #located(logon: FeedLogon, arrival: number, at: Addresses): void {
    if (this.#isDuplicate(logon, at)) {
      this.#count('duplicate');
      return;
    }
    const groups = logon.groups
      ? userGroups(logon.groups, 'feed')
      : this.#options.groups.of(logon.domain, logon.user);
    if (!(groups instanceof Promise)) {
      this.#put(logon, arrival, at, groups);
      return;
    }
    this.#waiting += 1;
    this.#awaitingDirectory.set(arrival, this.#options.clock.now());
    void groups.then((found) => {
      if (this.#stopped) return;
      this.#awaitingDirectory.delete(arrival);
      this.#put(logon, arrival, at, found);
      this.#settle();
    });
  }

  /** True where another agent has told of the same logon within the window: several domain controllers see one logon. */
  #isDuplicate(logon: FeedLogon, { ip, otherIp }: Addresses): boolean {
    const { duplicateWindowMs, entries, clock } = this.#options;
    if (duplicateWindowMs === 0 || logon.terminal) return false;
    const entry = entries.get(entryKey(ip, 0));
    return (
      entry !== undefined &&
      entry.agent !== logon.agent &&
      clock.now() - entry.updatedAt < duplicateWindowMs &&
      entry.terminal === null &&
      (otherIp === null || otherIp === ip || otherIp === entry.otherIp) &&
      sameUser(entry, logon) &&
      sameName(entry.workstation, logon.workstation)
    );
  }

  #put(logon: FeedLogon, arrival: number, at: Addresses, groups: UserGroups): void {
    if (this.#lateLogoffs.ended(at.ip, logon, arrival)) {
      this.#endBefore(at.ip, logon, arrival);
      this.#ignore(logon, 'logged-off');
      return;
    }
    // Field by field, which is a good deal faster than a spread, and this is done for every datagram.
    const why = this.#options.entries.put({
      ip: at.ip,
      otherIp: at.otherIp,
      ip6: at.ip6,
      user: logon.user,
      domain: logon.domain,
      workstation: logon.workstation,
      logonTime: logon.logonTime,
      terminal: logon.terminal,
      groups,
      groupsReported: logon.groups !== null,
      feed: logon.feed,
      agent: logon.agent,
      evidence: logon.evidence ?? null,
      arrival,
    });
    if (why !== null) this.#ignore(logon, why);
  }

  /** A logon that is over already has taken the place of whoever was there before it, although it was never entered. */
  #endBefore(ip: string, { terminal }: FeedLogon, arrival: number): void {
    const { entries } = this.#options;
    const before = entries.get(entryKey(ip, terminal?.session ?? 0));
    // A plain logon takes no place of a terminal server's user.
    if (before === undefined || before.arrival > arrival || (terminal === null && before.terminal !== null))
      return;
    entries.end(before, 'reported');
  }

  #settle(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#lateLogoffs.clear();
  }

  #count(why: IgnoredBecause): void {
    this.#ignored[why] = (this.#ignored[why] ?? 0) + 1;
  }

  #ignore(logon: FeedLogon, why: IgnoredBecause): void {
    this.#count(why);
    const { ip, user, domain, workstation, agent } = logon;
    const session = logon.terminal?.session ?? 0;
    const held = this.#repeats.pass(`${why} ${ip} ${domain} ${user}`);
    if (held === null) return;
    this.#options.report(
      collectorEvent({
        msg: 'logon ignored',
        ip,
        session,
        user,
        domain,
        workstation,
        why,
        agent,
        ...(held > 0 && { repeated: held }),
      }),
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
