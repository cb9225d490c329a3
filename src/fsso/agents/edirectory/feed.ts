import type { Clock, Timer } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import { type CollectorEvent, collectorEvent, type Report } from '../../collector/events.ts';
import type { Feed, FeedHealth, FeedListening, FeedSink, MakeFeed } from '../../collector/feeds/feed.ts';
import { SourceList } from '../../collector/feeds/source-list.ts';
import { DirectoryFailure } from '../../directory/failure.ts';
import { type DirectoryLogon, type DirectoryUsers, lookForUsers, type UserPlace } from './users.ts';

export interface DirectoryFeedOptions {
  readonly place: UserPlace;
  /** Name of the directory in the log. */
  readonly name: string;
  /** What a look found already: reported at the start in place of another look. */
  readonly first?: DirectoryUsers;
  /** What FortiGates are told as the domain of every user. */
  readonly domain: string;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Milliseconds without an answer after which everybody is logged off; 0 is never. */
  readonly deadAfterMs: number;
}

/**
 * The feed of an eDirectory: looks again and again who is at which address, and reports what has changed
 * (docs/protocol/fsso.md, eDirectory). Nobody is logged off because the directory does not answer, until it has not for long.
 */
export class DirectoryFeed implements Feed {
  readonly kind = 'edirectory';
  readonly #options: DirectoryFeedOptions;
  readonly #clock: Clock;
  readonly #sink: FeedSink;
  readonly #report: Report;
  #logons: ReadonlyMap<string, DirectoryLogon> = new Map();
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = false;
  #lastAnswer: number | null = null;
  #failure: Problem | null = null;
  readonly #sources: SourceList;
  #unreadable = 0;
  readonly #counts = { looks: 0, failures: 0, users: 0, logons: 0, logoffs: 0, unreadable: 0 };

  constructor(options: DirectoryFeedOptions, context: Parameters<MakeFeed>[0]) {
    this.#options = options;
    this.#clock = context.clock;
    this.#sink = context.sink;
    this.#report = context.report;
    this.#sources = new SourceList(context.clock, context.report);
  }

  /** Looks at once, and from then on again and again. Opens no port. */
  async start(): Promise<readonly FeedListening[]> {
    const { first, everyMs } = this.#options;
    this.#timer = this.#clock.every(everyMs, () => void this.#look());
    if (first === undefined) await this.#look();
    else this.#answered(first);
    return [];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#options.place.client.stop();
    await this.#looking;
  }

  get health(): FeedHealth {
    const { name, place } = this.#options;
    return {
      kind: this.kind,
      listening: [],
      sources: this.#sources.health,
      counts: { ...this.#counts },
      dropped: {},
      directory: { name, waiting: place.client.waiting, servers: place.client.servers },
      problem: this.#failure,
    };
  }

  /** A look that takes longer than the time between two is not doubled. Never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    this.#counts.looks += 1;
    try {
      const found = await lookForUsers(this.#options.place, this.#logons);
      if (!this.#isStopped) this.#answered(found);
    } catch (error) {
      if (!(error instanceof DirectoryFailure)) throw error;
      if (!this.#isStopped) this.#failed(error);
    }
  }

  #answered(found: DirectoryUsers): void {
    const { name } = this.#options;
    this.#lastAnswer = this.#clock.now();
    this.#sources.present(name);
    if (this.#failure !== null)
      this.#report(collectorEvent({ msg: 'directory answers again', directory: name }));
    this.#failure = null;
    this.#counts.users = found.users;
    this.#counts.unreadable = found.unreadable;
    if (found.unreadable > this.#unreadable)
      this.#report(
        collectorEvent({
          msg: 'network addresses not understood',
          directory: name,
          values: found.unreadable,
          users: found.unreadableAt.join(' '),
        }),
      );
    this.#unreadable = found.unreadable;
    const before = this.#logons;
    this.#logons = found.logons;
    for (const logon of before.values()) if (!found.logons.has(logon.ip)) this.#logoff(logon);
    for (const logon of found.logons.values()) {
      const known = before.get(logon.ip);
      if (!known || hasChanged(known, logon)) this.#logon(logon);
    }
  }

  #failed(failure: DirectoryFailure): void {
    const { name, deadAfterMs } = this.#options;
    this.#counts.failures += 1;
    if (this.#failure?.message !== failure.message) this.#report(noAnswer(name, failure));
    this.#failure = failure.problem;
    const since = this.#lastAnswer;
    if (deadAfterMs === 0 || since === null || this.#clock.now() - since < deadAfterMs) return;
    for (const logon of this.#logons.values()) this.#logoff(logon);
    this.#logons = new Map();
  }

  #logon({ user, ip, ip6, loginTime, groups }: DirectoryLogon): void {
    const { domain, name } = this.#options;
    this.#counts.logons += 1;
    this.#sources.logon(this.#sources.heard(name, 0));
    this.#sink.logon({
      ip,
      otherIp: null,
      ip6,
      user,
      domain,
      // The directory knows addresses only.
      workstation: ip,
      logonTime: loginTime ?? this.#now,
      terminal: null,
      groups,
      feed: 'edirectory',
      agent: name,
    });
  }

  #logoff({ user, ip }: DirectoryLogon): void {
    this.#counts.logoffs += 1;
    const { name } = this.#options;
    this.#sink.logoff({ ip, session: 0, user, time: this.#now, feed: 'edirectory', agent: name });
  }

  /** Unix seconds. */
  get #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}

/** That a directory cannot be asked, as the log tells it. */
export function noAnswer(directory: string, { problem }: DirectoryFailure): CollectorEvent {
  const { message, cause, code } = problem;
  return collectorEvent({ msg: 'directory does not answer', directory, error: message, cause, code });
}

function hasChanged(one: DirectoryLogon, other: DirectoryLogon): boolean {
  return (
    one.dn !== other.dn ||
    one.user !== other.user ||
    one.loginTime !== other.loginTime ||
    one.ip6 !== other.ip6 ||
    one.groups.join('\0') !== other.groups.join('\0')
  );
}

/** The feed of an eDirectory, for a collector to make. */
export function directoryFeed(options: DirectoryFeedOptions): MakeFeed {
  return (context) => new DirectoryFeed(options, context);
}
