import type { DatabaseSync } from 'node:sqlite';

/** Marks our files: `fbtp`, so that another program's database is never taken for one. */
const applicationId = 0x66627470;

/**
 * Each step takes a file from the layout of its place in the list to the next one; what is released here never changes.
 * Names of users and workstations have a table of their own, so that they go with the last interval that has them.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE place (
    id INTEGER PRIMARY KEY,
    ip TEXT NOT NULL,
    session INTEGER NOT NULL,
    connector TEXT NOT NULL,
    UNIQUE (ip, session, connector)
  ) STRICT;
  CREATE TABLE name (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE, folded TEXT NOT NULL) STRICT;
  CREATE INDEX name_folded ON name (folded);
  CREATE TABLE word (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
    user INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    workstation INTEGER NOT NULL,
    group_text INTEGER NOT NULL,
    ports INTEGER NOT NULL,
    server INTEGER NOT NULL,
    began INTEGER NOT NULL,
    began_by INTEGER NOT NULL,
    logon_time INTEGER NOT NULL,
    confirmed INTEGER,
    confirmed_by INTEGER,
    unseen INTEGER,
    ended INTEGER,
    ended_by INTEGER,
    next INTEGER
  ) STRICT;
  CREATE INDEX span_place ON span (place, began);
  CREATE INDEX span_user ON span (user, began);
  CREATE INDEX span_workstation ON span (workstation, began);
  CREATE INDEX span_open ON span (place) WHERE ended IS NULL;
  CREATE TABLE run (id INTEGER PRIMARY KEY, began INTEGER NOT NULL, alive INTEGER NOT NULL, ended INTEGER) STRICT;
  `,
  // For people with the sqlite3 shell.
  `
  CREATE VIEW history AS
  SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', s.began / 1000, 'unixepoch') AS began,
    strftime('%Y-%m-%dT%H:%M:%SZ', s.ended / 1000, 'unixepoch') AS ended,
    p.ip, p.session, u.value AS user, d.value AS domain, w.value AS workstation, g.value AS group_text,
    p.connector, c.value AS collector,
    CASE s.began_by WHEN 0 THEN 'event' WHEN 1 THEN 'list' END AS began_by,
    CASE s.ended_by WHEN 0 THEN 'logoff' WHEN 1 THEN 'replaced' WHEN 2 THEN 'again' WHEN 3 THEN 'updated'
      WHEN 4 THEN 'not-listed' WHEN 5 THEN 'expired' WHEN 6 THEN 'cleared' WHEN 7 THEN 'not-observed' END AS ended_by
  FROM span s
  JOIN place p ON p.id = s.place
  JOIN name u ON u.id = s.user
  JOIN word d ON d.id = s.domain
  JOIN name w ON w.id = s.workstation
  JOIN word g ON g.id = s.group_text
  JOIN word c ON c.id = s.server;
  `,
];

/** The layout that this version writes. */
export const layout = steps.length;

/** The file holds something else, or the layout of a newer version. */
export class LayoutError extends Error {}

function number(database: DatabaseSync, pragma: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);
}

/**
 * The layout of a file, 0 for an empty one.
 * @throws LayoutError where the file is not ours, or too new
 */
export function layoutOf(database: DatabaseSync): number {
  const found = number(database, 'user_version');
  const id = number(database, 'application_id');
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
  if (id !== applicationId && (id !== 0 || found !== 0 || tables.count > 0))
    throw new LayoutError('it is a database of another program');
  if (found > layout)
    throw new LayoutError(`it was written by a newer fabrictop (layout ${found}, this one reads ${layout})`);
  return found;
}

/** Brings a file to this layout, step by step, each whole or not at all. `upTo` is for tests of older layouts. */
export function migrate(database: DatabaseSync, upTo = layout): void {
  for (let from = layoutOf(database); from < upTo; from += 1) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(steps[from] ?? '');
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${from + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
