import type { Clock, Timer } from '../../clock.ts';
import { DueList } from './due-list.ts';
import {
  confirmedAt,
  type Entry,
  type EntryChange,
  entryKey,
  type Logon,
  sameName,
  sameUser,
} from './entry.ts';
import type { DoubtedBecause, EndedBecause, IgnoredBecause } from './events.ts';
import { sameGroups, type UserGroups } from './groups/lookup.ts';
import { expiryPause, longestName, mostEntries, mostExpiriesAtOnce } from './limits.ts';

/**
 * The collector's entries, keyed by address and terminal-server session (docs/protocol/fsso.md, Life of an entry). An
 * entry ends when a later logon takes its place, when a check or a feed says so, or when nothing has spoken for it for
 * the dead entry timeout.
 */
export class EntryTable {
  readonly #clock: Clock;
  #timeout: number;
  readonly #most: number;
  readonly #changed: (change: EntryChange) => void;
  readonly #confirmed: (entry: Entry) => void;
  // In the order of `confirmedAt`, because a confirmed entry moves to the end: the first one is the next to end.
  readonly #entries = new Map<string, Entry>();
  /** Entries that stand behind their place in that order, because they moved to another address unconfirmed. */
  #outOfTurn = new DueList<Entry>();
  /** Terminal-server entries by address. */
  readonly #terminals = new Map<string, number>();
  #timer: { readonly timer: Timer; readonly due: number } | null = null;

  constructor(
    options: {
      clock: Clock;
      /** Milliseconds; 0 keeps entries for ever. */
      deadEntryTimeoutMs: number;
      most?: number;
    },
    changed: (change: EntryChange) => void,
    /** An entry was verified that had no doubt against it: it lives longer, and nothing else changed. */
    confirmed: (entry: Entry) => void = () => {},
  ) {
    this.#clock = options.clock;
    this.#timeout = options.deadEntryTimeoutMs;
    this.#most = options.most ?? mostEntries;
    this.#changed = changed;
    this.#confirmed = confirmed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Every entry as it is now; later changes do not show in it. */
  snapshot(): Entry[] {
    return [...this.#entries.values()];
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** When the entry ends if nothing speaks for it until then; null for never. */
  expiryOf(entry: Entry): number | null {
    return this.#timeout === 0 ? null : confirmedAt(entry) + this.#timeout;
  }

  /** Enters a logon at each of its addresses. Null, or why it changed nothing at its first address. */
  put(logon: Logon): IgnoredBecause | null {
    if (logon.user === '') return 'empty-user';
    if (Math.max(logon.user.length, logon.domain.length, logon.workstation.length) > longestName)
      return 'name-too-long';
    const { ip, otherIp } = logon;
    if (otherIp === null || otherIp === ip || logon.terminal) return this.#putAt(ip, null, logon, null);
    const ignored = this.#putAt(ip, otherIp, logon, null);
    this.#putAt(otherIp, ip, logon, null);
    return ignored;
  }

  /** Ends the entry if it is still in the table as it is, or as the same logon. */
  end(entry: Entry, why: EndedBecause): void {
    const current = this.#current(entry);
    if (current) this.#end(current, why);
  }

  /** The workstation said that the user is there: the dead entry timeout begins anew. */
  verified(entry: Entry): void {
    const current = this.#current(entry);
    if (!current) return;
    const verified = { ...current, verifiedAt: this.#clock.now(), doubt: null };
    this.#entries.delete(verified.key);
    this.#entries.set(verified.key, verified);
    if (current.doubt !== null) this.#changed({ kind: 'status', entry: verified, previous: current });
    else this.#confirmed(verified);
  }

  /** The entry could not be verified; it stays, `Not Verified`, until it is or its timeout ends it. */
  doubt(entry: Entry, why: DoubtedBecause): void {
    const current = this.#current(entry);
    if (!current || current.doubt === why) return;
    // Its turn does not change: a Map keeps the place of a key that is set again.
    const doubted = { ...current, doubt: why };
    this.#entries.set(doubted.key, doubted);
    this.#changed({ kind: 'status', entry: doubted, previous: current });
  }

  /** The user's groups are others now; FortiGates are told where their filter makes a difference. */
  regroup(entry: Entry, groups: UserGroups): void {
    const current = this.#current(entry);
    if (!current || sameGroups(current.groups, groups)) return;
    const regrouped = { ...current, groups };
    this.#entries.set(regrouped.key, regrouped);
    this.#changed({ kind: 'logon', entry: regrouped, previous: current });
  }

  /**
   * The workstation has other addresses now: a logoff at the old one and a logon at each new one, unless somebody else
   * logged on there later. What last spoke for the entry is not renewed by it.
   */
  move(entry: Entry, ip: string, otherIp: string | null): void {
    const current = this.#current(entry);
    if (!current) return;
    this.#end(current, 'address-changed');
    this.#putAt(ip, otherIp, current, current);
    if (otherIp !== null) this.#putAt(otherIp, ip, current, current);
  }

  /** Puts back what a cache held, the longest unconfirmed first, and tells nobody. Only into an empty table. */
  restore(entries: readonly Entry[]): void {
    for (const entry of entries.slice(0, this.#most)) {
      this.#entries.set(entry.key, entry);
      if (entry.terminal) this.#terminals.set(entry.ip, (this.#terminals.get(entry.ip) ?? 0) + 1);
    }
    this.#arm();
  }

  /** Takes another dead entry timeout, in milliseconds, for every entry; 0 keeps them for ever. */
  retime(timeout: number): void {
    if (timeout === this.#timeout) return;
    this.stop();
    this.#timeout = timeout;
    // Everybody is put in turn again, because whoever stands out of it was noted with the timeout as it was.
    this.#outOfTurn = new DueList<Entry>();
    const inTurn = this.snapshot().sort((one, other) => confirmedAt(one) - confirmedAt(other));
    this.#entries.clear();
    for (const entry of inTurn) this.#entries.set(entry.key, entry);
    this.#arm();
  }

  /** Stops the timer; entries stay. */
  stop(): void {
    this.#timer?.timer.cancel();
    this.#timer = null;
  }

  /** The entry as it is in the table, where what is there is still the same logon. */
  #current(entry: Entry): Entry | null {
    const current = this.#entries.get(entry.key);
    return current?.arrival === entry.arrival ? current : null;
  }

  /** @param moved the entry at another address that this one takes over from */
  #putAt(ip: string, otherIp: string | null, logon: Logon, moved: Entry | null): IgnoredBecause | null {
    const { terminal } = logon;
    // An agent on a domain controller sees the terminal server's own address for every one of its users.
    if (terminal === null && this.#terminals.has(ip)) return 'terminal-server';
    const session = terminal?.session ?? 0;
    const key = entryKey(ip, session);
    const previous = this.#entries.get(key) ?? null;
    if (previous && previous.arrival > logon.arrival) return 'newer-logon';
    if (!previous && this.#entries.size >= this.#most) return 'table-full';
    if (terminal !== null) {
      if (session !== 0) this.#endPlain(ip);
      if (!previous?.terminal) this.#terminals.set(ip, (this.#terminals.get(ip) ?? 0) + 1);
    }
    const isSame = previous !== null && sameUser(previous, logon);
    // Field by field, which is a good deal faster than a spread, and this is done for every datagram.
    const entry: Entry = {
      key,
      ip,
      otherIp,
      ip6: logon.ip6,
      user: logon.user,
      domain: logon.domain,
      workstation: logon.workstation,
      logonTime: logon.logonTime,
      terminal,
      groups: logon.groups,
      groupsReported: logon.groupsReported,
      feed: logon.feed,
      agent: logon.agent,
      evidence: logon.evidence ?? null,
      arrival: logon.arrival,
      session,
      updatedAt: moved?.updatedAt ?? this.#clock.now(),
      verifiedAt: moved?.verifiedAt ?? (isSame ? previous.verifiedAt : null),
      doubt: moved?.doubt ?? null,
      replaced: previous === null ? null : isSame ? previous.replaced : accountOf(previous),
    };
    if (previous) this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (moved && this.#timeout > 0) this.#outOfTurn.add(confirmedAt(entry) + this.#timeout, entry);
    this.#arm();
    this.#changed({ kind: 'logon', entry, previous });
    if (previous) this.#endOtherAddress(previous, entry);
    return null;
  }

  #endPlain(ip: string): void {
    const plain = this.#entries.get(entryKey(ip, 0));
    if (plain?.terminal === null) this.#end(plain, 'terminal-server');
  }

  /** Somebody else sits at the workstation now, so its other address is not the earlier user's any more either. */
  #endOtherAddress(previous: Entry, entry: Entry): void {
    if (previous.otherIp === null || previous.otherIp === entry.otherIp) return;
    if (sameUser(previous, entry) || !sameName(previous.workstation, entry.workstation)) return;
    const other = this.#entries.get(entryKey(previous.otherIp, previous.session));
    if (other && other.arrival < entry.arrival && sameUser(other, previous)) this.#end(other, 'moved');
  }

  #end(entry: Entry, why: EndedBecause): void {
    this.#entries.delete(entry.key);
    if (entry.terminal) {
      const left = (this.#terminals.get(entry.ip) ?? 1) - 1;
      if (left === 0) this.#terminals.delete(entry.ip);
      else this.#terminals.set(entry.ip, left);
    }
    this.#changed({ kind: 'logoff', entry, why });
  }

  #arm(): void {
    if (this.#timeout === 0) return;
    const early = this.#outOfTurn.next ?? Number.POSITIVE_INFINITY;
    if (this.#timer) {
      if (this.#timer.due <= early) return;
      this.#timer.timer.cancel();
      this.#timer = null;
    }
    const first = this.#entries.values().next().value;
    if (first) this.#wake(Math.min(confirmedAt(first) + this.#timeout, early));
  }

  #wake(due: number): void {
    // A timer of Node holds 2^31 ms; when it fires early, nothing is due and it is set again.
    const wait = Math.min(Math.max(0, due - this.#clock.now()), 2 ** 31 - 1);
    this.#timer = { timer: this.#clock.after(wait, () => this.#expire()), due };
  }

  #expire(): void {
    this.#timer = null;
    const now = this.#clock.now();
    let left = mostExpiriesAtOnce;
    for (const entry of this.#dead(now)) {
      if (left === 0) {
        this.#wake(now + expiryPause);
        return;
      }
      left -= 1;
      this.#end(entry, 'dead-entry-timeout');
    }
    this.#arm();
  }

  /** The entries that nothing has spoken for in time. */
  *#dead(now: number): Generator<Entry> {
    const isDead = (entry: Entry) => confirmedAt(entry) + this.#timeout <= now;
    for (let moved = this.#outOfTurn.take(now); moved; moved = this.#outOfTurn.take(now)) {
      const current = this.#current(moved);
      if (current && isDead(current)) yield current;
    }
    for (const entry of this.#entries.values()) {
      if (!isDead(entry)) return;
      yield entry;
    }
  }
}

function accountOf({ domain, user }: Entry): string {
  return `${domain}\\${user}`;
}
