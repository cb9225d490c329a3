import type { LogonRecord } from '../wire/messages.ts';

/** One logon of a connector. Times are milliseconds since the epoch. */
export interface Logon {
  /** `ip|session`, unique in one connector. */
  readonly key: string;
  /** `host:port` of the collector that reported it. */
  readonly server: string;
  readonly record: LogonRecord;
  /** When this user was first reported at this address. */
  readonly receivedAt: number;
  /** The link to `server` is down; the logon is kept until `expiresAt`. */
  readonly stale: boolean;
  readonly expiresAt: number | null;
}

/** What a logon did to the table. `repeated` changed nothing that anyone could see. */
export type PutOutcome = 'new' | 'replaced' | 'updated' | 'repeated';

interface Kept extends Logon {
  /** The list in which it was last named. */
  list: number;
}

/**
 * The logons of one connector, by address and terminal-server session (docs/protocol/fsso.md, Logon record). Each
 * logon and logoff costs the same however many logons there are; only losing a link, the end of a list and expiry
 * walk through all of them.
 */
export class LogonTable {
  readonly #logons = new Map<string, Kept>();
  readonly #perServer = new Map<string, number>();
  #list = 0;

  get size(): number {
    return this.#logons.size;
  }

  /** Logons that came from one collector (`host:port`). */
  count(server: string): number {
    return this.#perServer.get(server) ?? 0;
  }

  values(): IterableIterator<Logon> {
    return this.#logons.values();
  }

  get(ip: string, session: number): Logon | undefined {
    return this.#logons.get(keyOf(ip, session));
  }

  /** A logon: takes the place of whoever was at the same address and session. */
  put(
    record: LogonRecord,
    server: string,
    now: number,
  ): { outcome: PutOutcome; logon: Logon; previous: Logon | null } {
    const key = keyOf(record.ip, record.session);
    const previous = this.#logons.get(key) ?? null;
    if (previous && !previous.stale && previous.server === server && isSame(previous.record, record)) {
      previous.list = this.#list;
      return { outcome: 'repeated', logon: previous, previous };
    }
    const sameUser = previous !== null && isSameUser(previous.record, record);
    const logon: Kept = {
      key,
      server,
      record,
      receivedAt: sameUser ? previous.receivedAt : now,
      stale: false,
      expiresAt: null,
      list: this.#list,
    };
    if (previous) this.#counted(previous.server, -1);
    this.#logons.set(key, logon);
    this.#counted(server, 1);
    return { outcome: previous === null ? 'new' : sameUser ? 'updated' : 'replaced', logon, previous };
  }

  /** A logoff: gives the logon that it ended, or null when none matches (an orphan). */
  logoff(record: LogonRecord): Logon | null {
    const logon = this.#logons.get(keyOf(record.ip, record.session));
    if (!logon) return null;
    if (record.user !== '' && !isEqual(record.user, logon.record.user)) return null;
    this.#remove(logon);
    return logon;
  }

  /** A list begins: whoever `endList` finds not named since then is gone. */
  beginList(): void {
    this.#list += 1;
  }

  /** The list of `server` is complete: removes and gives the logons of that collector which it did not name. */
  endList(server: string): Logon[] {
    return this.#removeWhere((logon) => logon.server === server && logon.list !== this.#list);
  }

  /** The link to `server` is lost: marks its logons and gives those that were not marked before. */
  markStale(server: string, expiresAt: number): Logon[] {
    const marked: Logon[] = [];
    for (const logon of this.#logons.values()) {
      if (logon.server !== server || logon.stale) continue;
      const stale: Kept = { ...logon, stale: true, expiresAt };
      this.#logons.set(logon.key, stale);
      marked.push(stale);
    }
    return marked;
  }

  /** Removes and gives the logons whose time is over. */
  expire(now: number): Logon[] {
    return this.#removeWhere((logon) => logon.expiresAt !== null && logon.expiresAt <= now);
  }

  /** When the next stale logon expires, or null. */
  nextExpiry(): number | null {
    let next: number | null = null;
    for (const { expiresAt } of this.#logons.values()) {
      if (expiresAt !== null && (next === null || expiresAt < next)) next = expiresAt;
    }
    return next;
  }

  /** Removes and gives everything. */
  clear(): Logon[] {
    return this.#removeWhere(() => true);
  }

  #removeWhere(isOver: (logon: Kept) => boolean): Logon[] {
    const removed: Logon[] = [];
    for (const logon of this.#logons.values()) {
      if (!isOver(logon)) continue;
      this.#remove(logon);
      removed.push(logon);
    }
    return removed;
  }

  #remove(logon: Kept): void {
    this.#logons.delete(logon.key);
    this.#counted(logon.server, -1);
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
