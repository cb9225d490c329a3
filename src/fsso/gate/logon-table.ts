import { LongMap } from '../../long-map.ts';
import type { LogonRecord } from '../wire/messages.ts';
import { longestShared, mostLogons, mostShared, mostText } from './limits.ts';
import { PortMap } from './port-overlap.ts';
import { type Predecessor, Predecessors } from './predecessors.ts';
import { SharedTexts } from './shared-texts.ts';

/** One logon of a connector. Times are milliseconds since the epoch. */
export interface Logon {
  /** `connector|ip|session`. */
  readonly key: string;
  /** `host:port` of the collector that reported it. */
  readonly server: string;
  readonly record: LogonRecord;
  /** When this user was first reported at this address. */
  readonly receivedAt: number;
  /** The link to `server` is down; the logon is kept until `expiresAt`. */
  readonly stale: boolean;
  readonly expiresAt: number | null;
  /** The other user who had this address and session before, where this one took its place or came soon after it. */
  readonly before: Predecessor | null;
  /** Other sessions of this terminal server that claim some of the same ports. */
  readonly overlaps: readonly number[];
}

/** What a logon did to the table. `repeated` changed nothing that anyone could see; `refused`: the table is full. */
export type PutOutcome = 'new' | 'replaced' | 'updated' | 'repeated' | 'refused';

export interface PutResult {
  readonly outcome: PutOutcome;
  /** As it stands in the table; of a refused one, as it would. */
  readonly logon: Logon;
  /** Who was there; gone also where the newer logon was refused. */
  readonly previous: Logon | null;
  /** Other sessions of the same server that are marked now, or no longer, because their ports overlap with those of this one. */
  readonly others: readonly Logon[];
}

/** What left the table, and the sessions that are marked no longer because their ports overlapped with its. */
export interface Removal {
  readonly logon: Logon;
  readonly others: readonly Logon[];
}

interface Kept extends Logon {
  /** The round in which it was last named. */
  round: number;
}

const none: readonly never[] = [];

/**
 * The logons of one connector, by address and terminal-server session (docs/protocol/fsso.md, Logon record and Logon
 * table). Each logon and logoff costs the same however many logons there are; what walks through all of them is an
 * iterator, so that whoever runs it may pause. A round begins with each such walk: what is named after it began is safe
 * from it.
 */
export class LogonTable {
  readonly #logons = new LongMap<string, Kept>();
  readonly #perServer = new Map<string, number>();
  readonly #left = new Predecessors();
  readonly #ports = new PortMap();
  readonly #shared = new SharedTexts(mostShared);
  readonly #connector: string;
  readonly #most: number;
  #text = 0;
  #round = 0;
  #listRound = 0;
  #refused = 0;

  /** `most`: how many logons it keeps. */
  constructor(connector: string, most = mostLogons) {
    this.#connector = connector;
    this.#most = most;
  }

  get size(): number {
    return this.#logons.size;
  }

  /** Logons that were not taken because the table was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Logons that came from one collector (`host:port`). */
  count(server: string): number {
    return this.#perServer.get(server) ?? 0;
  }

  values(): IterableIterator<Logon> {
    return this.#logons.values();
  }

  get(ip: string, session: number): Logon | undefined {
    return this.#logons.get(this.#keyOf(ip, session));
  }

  /** A logon: takes the place of whoever was at the same address and session. The record is the table's from here on. */
  put(record: LogonRecord, server: string, now: number): PutResult {
    const key = this.#keyOf(record.ip, record.session);
    const previous = this.#logons.get(key) ?? null;
    if (previous && !previous.stale && previous.server === server && isSame(previous.record, record)) {
      previous.round = this.#round;
      return { outcome: 'repeated', logon: previous, previous, others: none };
    }
    const sameUser = previous !== null && isSameUser(previous.record, record);
    this.#share(record);
    const before = sameUser ? previous.before : this.#predecessor(key, previous, record, now);
    const logon: Kept = {
      key: previous?.key ?? key,
      server,
      record,
      receivedAt: sameUser ? previous.receivedAt : now,
      stale: false,
      expiresAt: null,
      before,
      overlaps: none,
      round: this.#round,
    };
    const text = this.#text + weight(record) - (previous ? weight(previous.record) : 0);
    if (text > mostText || (previous === null && this.#logons.size >= this.#most)) {
      this.#refused += 1;
      // Whoever was there is not there any more, although the table has no room for who is.
      const others = previous === null ? none : this.#remove(previous).others;
      return { outcome: 'refused', logon, previous, others };
    }
    this.#text = text;
    if (previous?.server !== server) {
      if (previous) this.#counted(previous.server, -1);
      this.#counted(server, 1);
    }
    const { kept, others } = this.#place(logon, previous);
    return {
      outcome: previous === null ? 'new' : sameUser ? 'updated' : 'replaced',
      logon: kept,
      previous,
      others,
    };
  }

  /** A logoff: gives the logon that it ended, or null when none matches (an orphan). */
  logoff(record: LogonRecord, now: number): Removal | null {
    const logon = this.#logons.get(this.#keyOf(record.ip, record.session));
    if (!logon) return null;
    if (record.user !== '' && !isEqual(record.user, logon.record.user)) return null;
    this.#left.remember(logon.key, predecessorOf(logon, now, 'logoff'));
    return this.#remove(logon);
  }

  /** A list begins: whoever `endList` finds not named since then is gone. */
  beginList(): void {
    this.#round += 1;
    this.#listRound = this.#round;
  }

  /** The list of `server` is complete: removes and gives the logons of that collector which it did not name. */
  endList(server: string): Generator<Removal | null> {
    const began = this.#listRound;
    return this.#removeWhere((logon) => logon.server === server && logon.round < began);
  }

  /** The link to `server` is lost: marks its logons and gives those that were not marked before. */
  markStale(server: string, expiresAt: number): Generator<Logon | null> {
    return this.#markStale(server, expiresAt, this.#beginRound());
  }

  *#markStale(server: string, expiresAt: number, lost: number): Generator<Logon | null> {
    for (const logon of this.#logons.values()) {
      if (logon.server === server && !logon.stale && logon.round < lost) {
        const stale: Kept = { ...logon, stale: true, expiresAt };
        this.#logons.set(logon.key, stale);
        yield stale;
      } else yield null;
    }
  }

  /** Logons of a collector whose link is not lost. */
  live(server: string): number {
    let count = 0;
    for (const logon of this.#logons.values()) if (logon.server === server && !logon.stale) count += 1;
    return count;
  }

  /** Removes and gives the logons whose time is over. */
  expire(now: number): Generator<Removal | null> {
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

  /** Removes and gives what is in it now, as far as it is chosen. */
  clear(isChosen: (logon: Logon) => boolean = () => true): Generator<Removal | null> {
    const cleared = this.#beginRound();
    return this.#removeWhere((logon) => logon.round < cleared && isChosen(logon));
  }

  /** Gives null for what stays, so that its caller may look at the time. */
  *#removeWhere(isOver: (logon: Kept) => boolean): Generator<Removal | null> {
    for (const logon of this.#logons.values()) yield isOver(logon) ? this.#remove(logon) : null;
  }

  // An array joined is one flat text; a template would be kept as its pieces, in twice the memory.
  #keyOf(ip: string, session: number): string {
    return [this.#connector, ip, session].join('|');
  }

  #beginRound(): number {
    this.#round += 1;
    return this.#round;
  }

  #predecessor(key: string, previous: Kept | null, record: LogonRecord, now: number): Predecessor | null {
    if (previous !== null) return predecessorOf(previous, now, 'overwritten');
    const left = this.#left.take(key, now);
    return left === null || isSameUser(left, record) ? null : left;
  }

  #place(logon: Kept, previous: Kept | null): { kept: Kept; others: readonly Logon[] } {
    const { ip, session, portRanges } = logon.record;
    if (session === 0) {
      this.#logons.set(logon.key, logon);
      return { kept: logon, others: none };
    }
    const overlaps = this.#ports.set(ip, { session, portRanges });
    const kept = overlaps.length === 0 ? logon : { ...logon, overlaps };
    this.#logons.set(logon.key, kept);
    const marked = overlaps.flatMap((each) => this.#mark(ip, each, session, true));
    const freed = (previous?.overlaps ?? none)
      .filter((each) => !overlaps.includes(each))
      .flatMap((each) => this.#mark(ip, each, session, false));
    return { kept, others: [...marked, ...freed] };
  }

  /** Notes on one session that another one claims its ports too, or no longer; gives it where that is new. */
  #mark(ip: string, session: number, other: number, on: boolean): Kept[] {
    const logon = this.#logons.get(this.#keyOf(ip, session));
    if (logon === undefined || logon.overlaps.includes(other) === on) return [];
    const overlaps = on ? [...logon.overlaps, other] : logon.overlaps.filter((each) => each !== other);
    const marked: Kept = { ...logon, overlaps };
    this.#logons.set(logon.key, marked);
    return [marked];
  }

  #remove(logon: Kept): Removal {
    const { ip, session } = logon.record;
    this.#logons.delete(logon.key);
    this.#counted(logon.server, -1);
    this.#text -= weight(logon.record);
    if (session === 0) return { logon, others: none };
    this.#ports.delete(ip, session);
    return { logon, others: logon.overlaps.flatMap((each) => this.#mark(ip, each, session, false)) };
  }

  #counted(server: string, step: number): void {
    this.#perServer.set(server, this.count(server) + step);
  }

  /** Puts equal texts and empty lists of other records in place of its own: the same record in less memory. */
  #share(record: LogonRecord): void {
    record.domain = this.#shared.share(record.domain);
    record.groups = this.#shared.share(record.groups);
    if (record.portRanges.length === 0) record.portRanges = noRanges;
    if (record.extra.length === 0) record.extra = noExtra;
  }
}

const noRanges: LogonRecord['portRanges'] = [];
const noExtra: LogonRecord['extra'] = [];

/** What a record holds beside its fixed size, in characters and bytes; a port range counts as 64. */
function weight({ user, domain, workstation, groups, portRanges, extra }: LogonRecord): number {
  let size = user.length + domain.length + workstation.length + groups.length + 64 * portRanges.length;
  for (const { value } of extra) size += 64 + (Buffer.isBuffer(value) ? value.length : 0);
  return size;
}

function predecessorOf(logon: Logon, endedAt: number, how: Predecessor['how']): Predecessor {
  const { server, receivedAt, record } = logon;
  const { user, domain, workstation } = record;
  return {
    user: brief(user),
    domain: brief(domain),
    workstation: brief(workstation),
    server,
    receivedAt,
    endedAt,
    how,
  };
}

/** The beginning of a long text, as a text of its own: a slice would keep all of it in memory. */
function brief(text: string): string {
  return text.length <= longestShared ? text : Buffer.from(text.slice(0, longestShared)).toString();
}

function isEqual(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}

function isSameUser(
  one: Pick<LogonRecord, 'user' | 'domain'>,
  other: Pick<LogonRecord, 'user' | 'domain'>,
): boolean {
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
