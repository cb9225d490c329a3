import type { DatabaseSync } from 'node:sqlite';

/** What is kept at most. */
export interface Retention {
  /** Intervals that ended before this time go; milliseconds since the epoch. */
  readonly before: number;
  /** Octets of the file in use. */
  readonly bytes: number;
}

/** How far one walk has come. */
export interface Walk {
  /** Number of the last interval that was looked at. */
  readonly after: number;
  readonly deleted: number;
  readonly done: boolean;
}

/** Intervals that one step looks at: some ten milliseconds, because the writer waits for it. */
const stepRows = 2_000;

interface Row {
  id: number;
  user: number;
  workstation: number;
  place: number;
  began: number;
  ended: number | null;
}

/** Octets in use, as far as SQLite knows. */
export function usedBytes(database: DatabaseSync): number {
  const of = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  return (of('page_count') - of('freelist_count')) * of('page_size');
}

/**
 * One step of a walk from the oldest interval on: deletes those that ended too long ago, and, where the file is too large, the
 * oldest that have ended, whenever that was. Users, workstations and addresses that nothing else has go with them. Pages that
 * become free are used again; the file does not shrink.
 */
export function trimStep(database: DatabaseSync, retention: Retention, after: number): Walk {
  const rows = database
    .prepare('SELECT id, user, workstation, place, began, ended FROM span WHERE id > ? ORDER BY id LIMIT ?')
    .all(after, stepRows) as unknown as Row[];
  const tooLarge = usedBytes(database) > retention.bytes;
  const over = rows.filter(({ ended }) => ended !== null && (tooLarge || ended < retention.before));
  if (over.length > 0) deleteRows(database, over);
  const last = rows.at(-1);
  const done = rows.length < stepRows || (!tooLarge && (last?.began ?? 0) >= retention.before);
  return { after: last?.id ?? after, deleted: over.length, done };
}

function deleteRows(database: DatabaseSync, rows: readonly Row[]): void {
  const span = database.prepare('DELETE FROM span WHERE id = ?');
  const place = database.prepare(
    'DELETE FROM place WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM span WHERE place = ?1)',
  );
  const name = database.prepare(
    `DELETE FROM name WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM span WHERE user = ?1)
     AND NOT EXISTS (SELECT 1 FROM span WHERE workstation = ?1)`,
  );
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const { id } of rows) span.run(id);
    for (const id of new Set(rows.map((row) => row.place))) place.run(id);
    for (const id of new Set(rows.flatMap((row) => [row.user, row.workstation]))) name.run(id);
    database.exec('COMMIT');
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {}
    throw error;
  }
}
