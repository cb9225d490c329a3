import type { Clock, Timer } from '../../clock.ts';
import type { EndedBecause, IgnoredBecause } from './events.ts';
import type { FeedLogon } from './feeds/feed.ts';
import type { UserGroups } from './groups/lookup.ts';
import { expiryPause, longestName, mostEntries, mostExpiriesAtOnce } from './limits.ts';

/** A logon of which everything has been found out. */
export interface Logon extends Omit<FeedLogon, 'ip' | 'groups'> {
  /** IPv4. */
  readonly ip: string;
  readonly groups: UserGroups;
  /** Counts up with each report: which of two logons came first, when one had to wait for its address or its groups. */
  readonly arrival: number;
}

/** A logon at one address. A logon with two addresses makes two entries, for a record carries one address. */
export interface Entry extends Logon {
  /** 0 where there is none. */
  readonly session: number;
  /** When it was last reported; milliseconds since the epoch. */
  readonly updatedAt: number;
}

/** What happened to the table. */
export type EntryChange =
  | { readonly kind: 'logon'; readonly entry: Entry; readonly previous: Entry | null }
  | { readonly kind: 'logoff'; readonly entry: Entry; readonly why: EndedBecause };

const keyOf = (ip: string, session: number) => `${ip}|${session}`;
const same = (one: string, other: string) => one === other || one.toUpperCase() === other.toUpperCase();

/** True when both entries are the same person's, case not minded. */
export function sameUser(one: Logon, other: Logon): boolean {
  return same(one.user, other.user) && same(one.domain, other.domain);
}

/**
 * The collector's entries, keyed by address and terminal-server session (docs/protocol/fsso.md, Life of an entry). An
 * entry ends when a later logon takes its place or when nothing has reported it for the dead entry timeout.
 */
export class EntryTable {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #most: number;
  readonly #changed: (change: EntryChange) => void;
  // In the order of `updatedAt`, because a renewed entry moves to the end: the first one is the next to end.
  readonly #entries = new Map<string, Entry>();
  /** Terminal-server entries by address. */
  readonly #terminals = new Map<string, number>();
  #timer: Timer | null = null;

  constructor(
    options: {
      clock: Clock;
      /** Milliseconds; 0 keeps entries for ever. */
      deadEntryTimeoutMs: number;
      most?: number;
    },
    changed: (change: EntryChange) => void,
  ) {
    this.#clock = options.clock;
    this.#timeout = options.deadEntryTimeoutMs;
    this.#most = options.most ?? mostEntries;
    this.#changed = changed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Every entry as it is now; later changes do not show in it. */
  snapshot(): Entry[] {
    return [...this.#entries.values()];
  }

  /** Enters a logon at each of its addresses. Null, or why it changed nothing at its first address. */
  put(logon: Logon): IgnoredBecause | null {
    if (logon.user === '') return 'empty-user';
    if (Math.max(logon.user.length, logon.domain.length, logon.workstation.length) > longestName)
      return 'name-too-long';
    const { ip, otherIp } = logon;
    if (otherIp === null || otherIp === ip || logon.terminal) return this.#putAt(ip, null, logon);
    const ignored = this.#putAt(ip, otherIp, logon);
    this.#putAt(otherIp, ip, logon);
    return ignored;
  }

  /**
   * Ends the entry at an address and session. Nothing happens where there is none, where it is somebody else's than
   * `user`, case not minded (null: whoever is there), or where it was reported after `arrival`.
   */
  end(ip: string, session: number, why: EndedBecause, user: string | null, arrival: number): void {
    const entry = this.#entries.get(keyOf(ip, session));
    if (!entry || entry.arrival > arrival || (user !== null && !same(entry.user, user))) return;
    this.#end(entry, why);
  }

  /** Stops the timer; entries stay. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #putAt(ip: string, otherIp: string | null, logon: Logon): IgnoredBecause | null {
    const { terminal } = logon;
    // An agent on a domain controller sees the terminal server's own address for every one of its users.
    if (terminal === null && this.#terminals.has(ip)) return 'terminal-server';
    const session = terminal?.session ?? 0;
    const key = keyOf(ip, session);
    const previous = this.#entries.get(key) ?? null;
    if (previous && previous.arrival > logon.arrival) return 'newer-logon';
    if (!previous && this.#entries.size >= this.#most) return 'table-full';
    if (terminal !== null) {
      if (session !== 0) this.#endPlain(ip);
      if (!previous?.terminal) this.#terminals.set(ip, (this.#terminals.get(ip) ?? 0) + 1);
    }
    // Field by field, which is a good deal faster than a spread, and this is done for every datagram.
    const entry: Entry = {
      ip,
      otherIp,
      ip6: logon.ip6,
      user: logon.user,
      domain: logon.domain,
      workstation: logon.workstation,
      logonTime: logon.logonTime,
      terminal,
      groups: logon.groups,
      feed: logon.feed,
      agent: logon.agent,
      arrival: logon.arrival,
      session,
      updatedAt: this.#clock.now(),
    };
    if (previous) this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#arm();
    this.#changed({ kind: 'logon', entry, previous });
    if (previous) this.#endOtherAddress(previous, entry);
    return null;
  }

  #endPlain(ip: string): void {
    const plain = this.#entries.get(keyOf(ip, 0));
    if (plain?.terminal === null) this.#end(plain, 'terminal-server');
  }

  /** Somebody else sits at the workstation now, so its other address is not the earlier user's any more either. */
  #endOtherAddress(previous: Entry, entry: Entry): void {
    if (previous.otherIp === null || previous.otherIp === entry.otherIp) return;
    if (sameUser(previous, entry) || !same(previous.workstation, entry.workstation)) return;
    const other = this.#entries.get(keyOf(previous.otherIp, previous.session));
    if (other && other.arrival < entry.arrival && sameUser(other, previous)) this.#end(other, 'moved');
  }

  #end(entry: Entry, why: EndedBecause): void {
    this.#entries.delete(keyOf(entry.ip, entry.session));
    if (entry.terminal) {
      const left = (this.#terminals.get(entry.ip) ?? 1) - 1;
      if (left === 0) this.#terminals.delete(entry.ip);
      else this.#terminals.set(entry.ip, left);
    }
    this.#changed({ kind: 'logoff', entry, why });
  }

  #arm(): void {
    if (this.#timer || this.#timeout === 0) return;
    const first = this.#entries.values().next().value;
    if (!first) return;
    const wait = Math.max(0, first.updatedAt + this.#timeout - this.#clock.now());
    // A timer of Node holds 2^31 ms; when it fires early, nothing is due and it is set again.
    this.#timer = this.#clock.after(Math.min(wait, 2 ** 31 - 1), () => this.#expire());
  }

  #expire(): void {
    this.#timer = null;
    const due = this.#clock.now() - this.#timeout;
    let ended = 0;
    for (const entry of this.#entries.values()) {
      if (entry.updatedAt > due) break;
      if (ended === mostExpiriesAtOnce) {
        this.#timer = this.#clock.after(expiryPause, () => this.#expire());
        return;
      }
      ended += 1;
      this.#end(entry, 'dead-entry-timeout');
    }
    this.#arm();
  }
}
