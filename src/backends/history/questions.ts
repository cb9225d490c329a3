import { isIPv6 } from 'node:net';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { ipv6ToBytes, readIpv6 } from '../../fsso/wire/address.ts';
import { beginnings, endings, type HistoryQuestion, type HistoryRow } from '../../logon-history.ts';

/** A run that was alive within this time is taken to be alive, in milliseconds: it says so each ten seconds. */
export const aliveGraceMs = 30_000;

/** Until when somebody looked: what is open is known to have lasted until then, and not a moment longer. */
export function observedUntil(database: DatabaseSync, now: number): number {
  const run = database.prepare('SELECT alive, ended FROM run ORDER BY id DESC LIMIT 1').get() as
    | { alive: number; ended: number | null }
    | undefined;
  if (!run) return 0;
  return run.ended ?? (now - run.alive < aliveGraceMs ? Math.max(now, run.alive) : run.alive);
}

/** Whether a run was alive at a moment; the last thousand runs are known. */
export function wasObserved(database: DatabaseSync, moment: number, now: number): boolean {
  const found = database
    .prepare('SELECT 1 FROM run WHERE began <= ?1 AND max(alive, coalesce(ended, 0)) >= ?1 LIMIT 1')
    .get(moment);
  if (found !== undefined) return true;
  const last = database.prepare('SELECT began FROM run ORDER BY id DESC LIMIT 1').get() as
    | { began: number }
    | undefined;
  return last !== undefined && last.began <= moment && moment <= observedUntil(database, now);
}

const columns = `
  s.id, p.connector, p.ip, p.session, u.value AS user, d.value AS domain, w.value AS workstation,
  g.value AS groups, o.value AS ports, c.value AS server, s.began, s.began_by, s.logon_time,
  s.confirmed, b.value AS confirmed_by, s.unseen, s.ended, s.ended_by,
  nu.value AS next_user, nd.value AS next_domain, nc.value AS next_server`;

// CROSS JOIN holds SQLite to this order: the interval first, by the index of what was asked, then what it names.
const tables = `
  span s
  CROSS JOIN place p ON p.id = s.place
  CROSS JOIN name u ON u.id = s.user
  CROSS JOIN word d ON d.id = s.domain
  CROSS JOIN name w ON w.id = s.workstation
  CROSS JOIN word g ON g.id = s.group_text
  CROSS JOIN word o ON o.id = s.ports
  CROSS JOIN word c ON c.id = s.server
  LEFT JOIN word b ON b.id = s.confirmed_by
  LEFT JOIN span n ON n.id = s.next
  LEFT JOIN name nu ON nu.id = n.user
  LEFT JOIN word nd ON nd.id = n.domain
  LEFT JOIN word nc ON nc.id = n.server`;

/** The SQL of a question and its values, for the reader and for who wants to see it. */
export function sqlOf(question: HistoryQuestion, until: number): { sql: string; values: SQLInputValue[] } {
  const { user, workstation, connector, from, to, limit } = question;
  const ip = question.ip === undefined ? undefined : writtenAs(question.ip);
  const wheres: string[] = [];
  const values: SQLInputValue[] = [];
  const where = (sql: string, ...given: SQLInputValue[]): void => {
    wheres.push(sql);
    values.push(...given);
  };
  if (ip !== undefined) {
    if (from !== undefined && from === to) {
      // Intervals of one place never overlap: only the last one that began before the moment can hold it.
      where(
        `s.id IN (SELECT (SELECT id FROM span WHERE place = q.id AND began <= ? ORDER BY began DESC, id DESC LIMIT 1)
          FROM place q WHERE q.ip = ?)`,
        to as number,
        ip,
      );
    } else where('s.place IN (SELECT id FROM place WHERE ip = ?)', ip);
  }
  if (user !== undefined) {
    const [, domain, name] = /^([^\\]*)\\(.*)$/.exec(user) ?? [];
    // `+` keeps the index of the address in use where both are asked for.
    const column = ip === undefined ? 's.user' : '+s.user';
    where(`${column} IN (SELECT id FROM name WHERE folded = ?)`, (name ?? user).toLowerCase());
    if (domain !== undefined && domain !== '') where('lower(d.value) = ?', domain.toLowerCase());
  }
  if (workstation !== undefined) {
    const column = ip === undefined && user === undefined ? 's.workstation' : '+s.workstation';
    where(`${column} IN (SELECT id FROM name WHERE folded = ?)`, workstation.toLowerCase());
  }
  if (connector !== undefined) where('p.connector = ?', connector);
  if (to !== undefined) where('s.began <= ?', to);
  if (from !== undefined) {
    where(
      '(s.ended > ? OR s.ended = s.began AND s.ended = ? OR s.ended IS NULL AND ? <= ?)',
      from,
      from,
      from,
      until,
    );
  }
  const named = ip !== undefined || user !== undefined || workstation !== undefined;
  // Numbers are given in the order of time, so that all intervals come in order without being sorted.
  const order = named ? 's.began DESC, s.id DESC' : 's.id DESC';
  const sql = `SELECT ${columns} FROM ${tables}${wheres.length > 0 ? ` WHERE ${wheres.join(' AND ')}` : ''}
    ORDER BY ${order}${limit === undefined ? '' : ' LIMIT ?'}`;
  if (limit !== undefined) values.push(limit);
  return { sql, values };
}

// An IPv6 address has many forms; the records have that of RFC 5952.
function writtenAs(ip: string): string {
  return isIPv6(ip) && !ip.includes('%') ? readIpv6(ipv6ToBytes(ip, 'ip'), 0) : ip;
}

interface Found {
  id: number;
  connector: string;
  ip: string;
  session: number;
  user: string;
  domain: string;
  workstation: string;
  groups: string;
  ports: string;
  server: string;
  began: number;
  began_by: number;
  logon_time: number;
  confirmed: number | null;
  confirmed_by: string | null;
  unseen: number | null;
  ended: number | null;
  ended_by: number | null;
  next_user: string | null;
  next_domain: string | null;
  next_server: string | null;
}

/**
 * The intervals that a question asks for, the newest first, one at a time as they are read. What is open ends, as not observed
 * after that, where the last run did.
 * @throws the error of SQLite
 */
export function* answers(
  database: DatabaseSync,
  question: HistoryQuestion,
  now: number,
): Generator<HistoryRow> {
  const until = observedUntil(database, now);
  const { sql, values } = sqlOf(question, until);
  for (const found of database.prepare(sql).iterate(...values) as Iterable<unknown>)
    yield rowOf(found as Found, until < now ? until : null);
}

function rowOf(found: Found, lastSeen: number | null): HistoryRow {
  const { id, connector, ip, session, user, domain, workstation, groups, ports, server, began } = found;
  const isCutOff = found.ended === null && lastSeen !== null;
  return {
    id: String(id),
    connector,
    ip,
    session,
    user,
    domain,
    workstation,
    groups,
    ports,
    server,
    began,
    beganBy: beginnings[found.began_by] ?? 'event',
    logonTime: found.logon_time,
    confirmed: found.confirmed,
    confirmedBy: found.confirmed_by,
    unseen: found.unseen,
    ended: isCutOff ? Math.max(began, lastSeen) : found.ended,
    endedBy: isCutOff ? 'not-observed' : found.ended_by === null ? null : (endings[found.ended_by] ?? null),
    next: found.next_user === null ? null : nextName(found.next_user, found.next_domain),
    nextServer: found.next_server,
  };
}

function nextName(user: string, domain: string | null): string {
  return domain === null || domain === '' ? user : `${domain}\\${user}`;
}
