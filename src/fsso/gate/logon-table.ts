import type { LogonRecord } from '../wire/messages.ts';

/** One logon of a connector. Times are milliseconds since the epoch. */
export interface LogonEntry {
  /** `ip|session`, unique in one connector. */
  readonly key: string;
  /** `host:port` of the collector that reported it. */
  readonly server: string;
  readonly record: LogonRecord;
  /** When this user was first reported at this address. */
  readonly receivedAt: number;
  /** The link to `server` is down; the entry is kept until `expiresAt`. */
  readonly stale: boolean;
  readonly expiresAt: number | null;
}

/** What a logon did to the table. `repeated` changed nothing that anyone could see. */
export type PutOutcome = 'new' | 'replaced' | 'updated' | 'repeated';

interface Kept extends LogonEntry {
  /** The list in which it was last named. */
  list: number;
}

/**
 * The logons of one connector, by address and terminal-server session (docs/protocol/fsso.md, Logon record). Each
 * logon and logoff costs the same however many entries there are; only losing a link, the end of a list and expiry
 * walk through all of them.
 */
export class LogonTable {
  readonly #entries = new Map<string, Kept>();
  readonly #perServer = new Map<string, number>();
  #list = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Entries that came from one collector (`host:port`). */
  count(server: string): number {
    return this.#perServer.get(server) ?? 0;
  }

  values(): IterableIterator<LogonEntry> {
    return this.#entries.values();
  }

  get(ip: string, session: number): LogonEntry | undefined {
    return this.#entries.get(keyOf(ip, session));
  }

  /** A logon: takes the place of whoever was at the same address and session. */
  put(
    record: LogonRecord,
    server: string,
    now: number,
  ): { outcome: PutOutcome; entry: LogonEntry; previous: LogonEntry | null } {
    const key = keyOf(record.ip, record.session);
    const previous = this.#entries.get(key) ?? null;
    if (previous && !previous.stale && previous.server === server && isSame(previous.record, record)) {
      previous.list = this.#list;
      return { outcome: 'repeated', entry: previous, previous };
    }
    const sameUser = previous !== null && isSameUser(previous.record, record);
    const entry: Kept = {
      key,
      server,
      record,
      receivedAt: sameUser ? previous.receivedAt : now,
      stale: false,
      expiresAt: null,
      list: this.#list,
    };
    if (previous) this.#counted(previous.server, -1);
    this.#entries.set(key, entry);
    this.#counted(server, 1);
    return { outcome: previous === null ? 'new' : sameUser ? 'updated' : 'replaced', entry, previous };
  }

  /** A logoff: gives the entry that it ended, or null when none matches (an orphan). */
  logoff(record: LogonRecord): LogonEntry | null {
    const entry = this.#entries.get(keyOf(record.ip, record.session));
    if (!entry) return null;
    if (record.user !== '' && !isEqual(record.user, entry.record.user)) return null;
    this.#remove(entry);
    return entry;
  }

  /** A list begins: whoever `endList` finds not named since then is gone. */
  beginList(): void {
    this.#list += 1;
  }

  /** The list of `server` is complete: removes and gives the entries of that collector which it did not name. */
  endList(server: string): LogonEntry[] {
    return this.#removeWhere((entry) => entry.server === server && entry.list !== this.#list);
  }

  /** The link to `server` is lost: marks its entries and gives those that were not marked before. */
  markStale(server: string, expiresAt: number): LogonEntry[] {
    const marked: LogonEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.server !== server || entry.stale) continue;
      const stale: Kept = { ...entry, stale: true, expiresAt };
      this.#entries.set(entry.key, stale);
      marked.push(stale);
    }
    return marked;
  }

  /** Removes and gives the entries whose time is over. */
  expire(now: number): LogonEntry[] {
    return this.#removeWhere((entry) => entry.expiresAt !== null && entry.expiresAt <= now);
  }

  /** When the next stale entry expires, or null. */
  nextExpiry(): number | null {
    let next: number | null = null;
    for (const { expiresAt } of this.#entries.values()) {
      if (expiresAt !== null && (next === null || expiresAt < next)) next = expiresAt;
    }
    return next;
  }

  /** Removes and gives everything. */
  clear(): LogonEntry[] {
    return this.#removeWhere(() => true);
  }

  #removeWhere(isOver: (entry: Kept) => boolean): LogonEntry[] {
    const removed: LogonEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (!isOver(entry)) continue;
      this.#remove(entry);
      removed.push(entry);
    }
    return removed;
  }

  #remove(entry: Kept): void {
    this.#entries.delete(entry.key);
    this.#counted(entry.server, -1);
  }

  #counted(server: string, step: number): void {
    this.#perServer.set(server, this.count(server) + step);
  }
}

function keyOf(ip: string, session: number): string {
  return `${ip}|${session}`;
}

function isEqual(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}

function isSameUser(one: LogonRecord, other: LogonRecord): boolean {
  return isEqual(one.user, other.user) && isEqual(one.domain, other.domain);
}

function isSame(one: LogonRecord, other: LogonRecord): boolean {
  return (
    one.user === other.user &&
    one.domain === other.domain &&
    one.workstation === other.workstation &&
    one.groups === other.groups &&
    one.logonTime === other.logonTime &&
    one.kind === other.kind &&
    one.portRanges.length === other.portRanges.length &&
    one.portRanges.every(([first, last], index) => {
      const range = other.portRanges[index];
      return range?.[0] === first && range[1] === last;
    })
  );
}
