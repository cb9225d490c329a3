import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { beginnings, type Ending, endings } from '../../logon-history.ts';
import type { HistoryChange, HistoryPut } from './changes.ts';

/** Texts whose numbers are kept in memory; beyond that the file is asked. */
const mostWords = 20_000;
const mostNames = 200_000;

interface Open {
  readonly id: number;
  readonly user: number;
  readonly domain: number;
  readonly workstation: number;
  readonly group_text: number;
  readonly ports: number;
  readonly server: number;
  readonly began: number;
  readonly logon_time: number;
}

/** Texts and their numbers in one table. */
class Dictionary {
  readonly #known = new Map<string, number>();
  readonly #most: number;
  readonly #find: StatementSync;
  readonly #add: (text: string) => number;

  constructor(find: StatementSync, add: (text: string) => number, most: number) {
    this.#find = find;
    this.#add = add;
    this.#most = most;
  }

  numberOf(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = (this.#find.get(text) as { id: number } | undefined)?.id ?? this.#add(text);
    if (this.#known.size >= this.#most) this.#known.clear();
    this.#known.set(text, found);
    return found;
  }

  /** What the file may no longer hold. */
  forgetAll(): void {
    this.#known.clear();
  }
}

/** Turns changes into intervals of one file (docs/history.md). Each batch is one transaction: all of it is kept, or nothing. */
export class HistoryWriter {
  readonly #database: DatabaseSync;
  readonly #words: Dictionary;
  readonly #names: Dictionary;
  readonly #statements;
  readonly #run: number;
  #nextId: number;

  /** Begins a run at `now`: what an earlier one left open ends where that one was last alive. */
  constructor(database: DatabaseSync, now: number) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql);
    const addWord = prepare('INSERT INTO word (value) VALUES (?)');
    const addName = prepare('INSERT INTO name (value, folded) VALUES (?, ?)');
    this.#words = new Dictionary(
      prepare('SELECT id FROM word WHERE value = ?'),
      (text) => Number(addWord.run(text).lastInsertRowid),
      mostWords,
    );
    this.#names = new Dictionary(
      prepare('SELECT id FROM name WHERE value = ?'),
      (text) => Number(addName.run(text, text.toLowerCase()).lastInsertRowid),
      mostNames,
    );
    this.#statements = {
      begin: prepare('BEGIN IMMEDIATE'),
      commit: prepare('COMMIT'),
      place: prepare('SELECT id FROM place WHERE ip = ? AND session = ? AND connector = ?'),
      addPlace: prepare('INSERT INTO place (ip, session, connector) VALUES (?, ?, ?)'),
      open: prepare(
        `SELECT id, user, domain, workstation, group_text, ports, server, began, logon_time
         FROM span WHERE place = ? AND ended IS NULL`,
      ),
      insert: prepare(
        `INSERT INTO span (id, place, user, domain, workstation, group_text, ports, server, began, began_by, logon_time)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      confirm: prepare('UPDATE span SET confirmed = ?, confirmed_by = ?, unseen = NULL WHERE id = ?'),
      unseen: prepare('UPDATE span SET unseen = ? WHERE place = ? AND ended IS NULL'),
      end: prepare(
        'UPDATE span SET ended = max(began, ?), ended_by = ?, next = ? WHERE place = ? AND ended IS NULL',
      ),
      left: prepare(
        `UPDATE span SET ended = max(began, ?1), ended_by = ${endings.indexOf('not-observed')} WHERE ended IS NULL
         AND (?2 IS NULL OR place IN (SELECT id FROM place WHERE connector = ?2))`,
      ),
      alive: prepare('UPDATE run SET alive = max(alive, ?) WHERE id = ?'),
      endRun: prepare('UPDATE run SET alive = max(alive, ?1), ended = ?1 WHERE id = ?2'),
    };
    this.#run = this.#transaction(() => this.#beginRun(now));
    const last = database.prepare('SELECT max(id) AS id FROM span').get() as { id: number | null };
    this.#nextId = (last.id ?? 0) + 1;
  }

  /** Writes a batch, and that the program is alive at `now`. */
  write(batch: readonly HistoryChange[], now: number): void {
    const { alive } = this.#statements;
    const firstId = this.#nextId;
    try {
      this.#transaction(() => {
        for (const change of batch) this.#apply(change);
        alive.run(now, this.#run);
      });
    } catch (error) {
      // Numbers that were given in a transaction that is undone are not there.
      this.#nextId = firstId;
      this.forgetNames();
      throw error;
    }
  }

  /** The program ends: what is open lasts until `now` as far as anybody knows. */
  end(now: number): void {
    this.#statements.endRun.run(now, this.#run);
  }

  /** Retention took names away. */
  forgetNames(): void {
    this.#words.forgetAll();
    this.#names.forgetAll();
  }

  #beginRun(now: number): number {
    const earlier = this.#database.prepare('SELECT alive FROM run ORDER BY id DESC LIMIT 1').get() as
      | { alive: number }
      | undefined;
    if (earlier) this.#statements.left.run(earlier.alive, null);
    const begun = this.#database.prepare('INSERT INTO run (began, alive) VALUES (?1, ?1)').run(now);
    this.#database.exec('DELETE FROM run WHERE id NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT 1000)');
    return Number(begun.lastInsertRowid);
  }

  #apply(change: HistoryChange): void {
    const { left, unseen } = this.#statements;
    if (change.kind === 'left') {
      left.run(change.time, change.connector);
      return;
    }
    const place = this.#placeOf(change);
    if (change.kind === 'put') this.#put(place, change);
    else if (change.kind === 'end') this.#end(place, change.time, change.by, null);
    else unseen.run(change.time, place);
  }

  #put(place: number, put: HistoryPut): void {
    const { open, insert, confirm } = this.#statements;
    const user = this.#names.numberOf(put.user);
    const domain = this.#words.numberOf(put.domain);
    const workstation = this.#names.numberOf(put.workstation);
    const groups = this.#words.numberOf(put.groups);
    const ports = this.#words.numberOf(put.ports);
    const server = this.#words.numberOf(put.server);
    const before = open.get(place) as Open | undefined;
    if (before !== undefined) {
      const sameUser = before.user === user && before.domain === domain;
      const same =
        sameUser &&
        before.workstation === workstation &&
        before.group_text === groups &&
        before.ports === ports;
      // Two collectors may differ by a second about one logon: only an event says that it happened anew.
      const again = put.live && before.logon_time !== put.logonTime;
      if (same && !again) {
        confirm.run(put.time, server, before.id);
        return;
      }
      this.#end(place, put.time, !sameUser ? 'replaced' : same ? 'again' : 'updated', this.#nextId);
    }
    insert.run(
      this.#nextId,
      place,
      user,
      domain,
      workstation,
      groups,
      ports,
      server,
      put.time,
      beginnings.indexOf(put.live ? 'event' : 'list'),
      put.logonTime,
    );
    this.#nextId += 1;
  }

  #end(place: number, time: number, by: Ending, next: number | null): void {
    this.#statements.end.run(time, endings.indexOf(by), next, place);
  }

  #placeOf({ ip, session, connector }: { ip: string; session: number; connector: string }): number {
    const { place, addPlace } = this.#statements;
    const found = place.get(ip, session, connector) as { id: number } | undefined;
    return found?.id ?? Number(addPlace.run(ip, session, connector).lastInsertRowid);
  }

  #transaction<Result>(action: () => Result): Result {
    const { begin, commit } = this.#statements;
    begin.run();
    try {
      const result = action();
      commit.run();
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      try {
        this.#database.exec('ROLLBACK');
      } catch {}
      throw error;
    }
  }
}
