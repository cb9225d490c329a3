import type { CollectorRow, EndpointRow, LogonRow } from '../../state/changes.ts';
import type { Sink } from '../source.ts';
import type { FortigateUser } from './identity-reading.ts';
import type { FortigateSnapshot } from './snapshot.ts';
import { collectorRow, endpointRow, logonRow, userRowId } from './user-rows.ts';

/** Rows of one table that came from one FortiGate: only what changed is told. */
class Told<R extends { readonly id: string }> {
  readonly #put: (row: R) => void;
  readonly #remove: (id: string) => void;
  #rows = new Map<string, R>();

  constructor(put: (row: R) => void, remove: (id: string) => void) {
    this.#put = put;
    this.#remove = remove;
  }

  get(id: string): R | undefined {
    return this.#rows.get(id);
  }

  replace(rows: readonly R[], isSame: (one: R, other: R) => boolean = isEqual): void {
    const next = new Map<string, R>();
    for (const row of rows) {
      const before = this.#rows.get(row.id);
      const unchanged = before !== undefined && isSame(before, row);
      next.set(row.id, unchanged ? before : row);
      if (!unchanged) this.#put(row);
    }
    for (const id of this.#rows.keys()) if (!next.has(id)) this.#remove(id);
    this.#rows = next;
  }

  map(change: (row: R) => R): void {
    this.replace([...this.#rows.values()].map(change));
  }
}

function isEqual(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Logons, FSSO entries and endpoints of one FortiGate, in the tables that our own connectors fill too. */
export class ReportedRows {
  readonly #fortigate: string;
  readonly #logons: Told<LogonRow>;
  readonly #collectors: Told<CollectorRow>;
  readonly #endpoints: Told<EndpointRow>;
  #users = new Map<string, FortigateUser>();

  constructor(fortigate: string, sink: Sink) {
    this.#fortigate = fortigate;
    this.#logons = new Told(
      (row) => sink({ table: 'logons', op: 'put', row }),
      (id) => sink({ table: 'logons', op: 'remove', id }),
    );
    this.#collectors = new Told(
      (row) => sink({ table: 'collectors', op: 'put', row }),
      (id) => sink({ table: 'collectors', op: 'remove', id }),
    );
    this.#endpoints = new Told(
      (row) => sink({ table: 'endpoints', op: 'put', row }),
      (id) => sink({ table: 'endpoints', op: 'remove', id }),
    );
  }

  /** The user of a row of logons; undefined where it is none of this FortiGate. */
  user(row: string): FortigateUser | undefined {
    return this.#users.get(row);
  }

  /** What a part does not tell this time stays as it was, and logons are marked. */
  take({ users, fsso, endpoints }: FortigateSnapshot, now: number): void {
    const name = this.#fortigate;
    if (users.value) {
      this.#users = new Map(users.value.rows.map((user) => [userRowId(name, user), user]));
      this.#logons.replace(
        [...this.#users].map(([id, user]) => logonRow(name, user, this.#logons.get(id), now)),
      );
    } else this.markStale();
    if (fsso.value) {
      const counts = new Map<string, number>();
      for (const { server, vdom } of this.#users.values())
        counts.set(`${vdom}|${server}`, (counts.get(`${vdom}|${server}`) ?? 0) + 1);
      this.#collectors.replace(
        fsso.value.map((entry, index) => {
          const logons = counts.get(`${entry.vdom}|${entry.name}`) ?? 0;
          const row = collectorRow(name, entry, { position: index + 1, logons, now });
          const before = this.#collectors.get(row.id);
          return { ...row, since: before?.state === row.state ? before.since : now };
        }),
      );
    }
    if (endpoints.value)
      this.#endpoints.replace(
        endpoints.value.rows.map((each) => endpointRow(name, each, now)),
        (one, other) => isEqual({ ...one, updatedAt: 0 }, { ...other, updatedAt: 0 }),
      );
  }

  /** The FortiGate does not say any more whether they are there. */
  markStale(): void {
    this.#logons.map((row) => (row.stale ? row : { ...row, stale: true }));
  }
}
