import type { Clock } from '../../../clock.ts';
import { timers } from '../../wire/profile.ts';
import { collectorEvent, type DroppedBecause, type Report } from '../events.ts';
import { mostAgents } from '../limits.ts';
import type { SourceHealth } from './feed.ts';
import { RateHistory } from './rate-history.ts';
import { noRateLimit, type RateLimit, TokenBucket } from './token-bucket.ts';

/** A source while it is being heard; `SourceHealth` is the copy that others see. */
export interface Source extends Omit<SourceHealth, 'eventsPerSecond' | 'bytesPerSecond' | 'dropped'> {
  readonly dropped: Partial<Record<DroppedBecause, number>>;
  bucket: TokenBucket;
  readonly rates: RateHistory;
}

/** The sources that a feed has heard, by address or name. Bounded: those beyond the bound are heard, and share one rate. */
export class SourceList {
  readonly #clock: Clock;
  readonly #report: Report;
  #limit: RateLimit;
  readonly #sources = new Map<string, Source>();
  #others: TokenBucket;
  #overflowed = false;

  constructor(clock: Clock, report: Report, limit: RateLimit = noRateLimit) {
    this.#clock = clock;
    this.#report = report;
    this.#limit = limit;
    this.#others = new TokenBucket(limit, clock.now());
  }

  /** A copy of what is known of each source. */
  get health(): SourceHealth[] {
    const now = this.#clock.now();
    return [...this.#sources.values()].map(({ bucket: _, rates, ...source }) => ({
      ...source,
      dropped: { ...source.dropped },
      eventsPerSecond: rates.eventsPerSecond(now),
      bytesPerSecond: rates.bytesPerSecond(now),
    }));
  }

  values(): Iterable<Source> {
    return this.#sources.values();
  }

  /** Lets each source send as much from now on. */
  retune(limit: RateLimit): void {
    const now = this.#clock.now();
    this.#limit = limit;
    this.#others = new TokenBucket(limit, now);
    for (const source of this.#sources.values()) source.bucket = new TokenBucket(limit, now);
  }

  /** Counts one message of the source. Null where there are too many sources to remember this one. */
  heard(address: string, bytes: number): Source | null {
    const now = this.#clock.now();
    const source = this.#sources.get(address) ?? this.#begin(address, now);
    if (source === null) return null;
    source.lastHeard = now;
    source.datagrams += 1;
    source.bytes += bytes;
    source.rates.add(now, 1, bytes);
    return source;
  }

  /** Notes that the source is there, although it had nothing to tell. */
  present(address: string): void {
    const now = this.#clock.now();
    const source = this.#sources.get(address) ?? this.#begin(address, now);
    if (source) source.lastHeard = now;
  }

  /** Counts a logon that the source told of. */
  logon(source: Source | null): void {
    if (!source) return;
    source.logons += 1;
    source.lastLogon = this.#clock.now();
  }

  /** False when the source has sent more than its rate allows. */
  isWithinRate(source: Source | null): boolean {
    return (source?.bucket ?? this.#others).take(this.#clock.now());
  }

  /** Counts a message that is taken whatever the rate; the source then has to wait for longer. */
  charge(source: Source | null): void {
    (source?.bucket ?? this.#others).charge(this.#clock.now());
  }

  /** Milliseconds until the source may send again. */
  waitOf(source: Source | null): number {
    return (source?.bucket ?? this.#others).wait(this.#clock.now());
  }

  /**
   * The Unix seconds to enter for a message: its own, or ours when its clock is more than an hour off
   * (docs/protocol/fsso.md, Datagrams).
   */
  believe(source: Source | null, time: number): number {
    const now = this.#clock.now();
    const skew = time - Math.floor(now / 1000);
    const isOff = Math.abs(time * 1000 - now) > timers.agentClockSkew;
    if (source) {
      if (isOff && !source.clockIsOff)
        this.#report(collectorEvent({ msg: 'agent clock is off', agent: source.address, seconds: skew }));
      source.clockSkew = skew;
      source.clockIsOff = isOff;
    }
    return isOff ? Math.floor(now / 1000) : time;
  }

  #begin(address: string, now: number): Source | null {
    if (this.#sources.size >= mostAgents) {
      if (!this.#overflowed)
        this.#report(
          collectorEvent({ msg: 'agents are too many to remember', agent: address, longest: mostAgents }),
        );
      this.#overflowed = true;
      return null;
    }
    const source: Source = {
      address,
      domain: null,
      version: null,
      lastHeard: now,
      lastKeepalive: null,
      datagrams: 0,
      bytes: 0,
      logons: 0,
      lastLogon: null,
      bad: 0,
      dropped: {},
      clockSkew: 0,
      clockIsOff: false,
      silent: false,
      bucket: new TokenBucket(this.#limit, now),
      rates: new RateHistory(now),
    };
    this.#sources.set(address, source);
    return source;
  }
}
