import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { Gathering } from '../../../../gathering.ts';
import { linesOf } from '../../cache/cache-directory.ts';
import { Journal } from '../../cache/journal.ts';
import { collectorEvent, type Report } from '../../events.ts';
import { leastJournal } from '../../limits.ts';
import type { OpenSession, OpenSessions } from './sessions.ts';

/** A line of the file: a session that is open, or one that ended. */
interface Line {
  readonly server: string;
  readonly id: string;
  /** Absent in the line of a session that ended. */
  readonly ip?: string;
  readonly user?: string | null;
}

/**
 * The open sessions on disk, so that a Stop without an address, or a server that begins anew, ends after a restart of the
 * collector what it would have ended before. Each change is appended; where that has grown long, the file is written anew.
 */
export class SessionFile {
  readonly #path: string;
  readonly #report: Report;
  readonly #gathering = new Gathering(() => this.#commit());
  #sessions: OpenSessions | null = null;
  #journal: Journal | null = null;
  #bytesOfAll = 0;

  constructor(path: string, report: Report) {
    this.#path = path;
    this.#report = report;
  }

  /** Enters what the file holds, and keeps what changes from now on. What cannot be read is left out. */
  open(sessions: OpenSessions): void {
    this.#sessions = sessions;
    this.#guarded(() => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      if (existsSync(this.#path)) for (const line of linesOf(this.#path)) enter(sessions, line);
      this.#writeAll(sessions);
    });
  }

  begun(server: string, id: string, { ip, user }: OpenSession): void {
    this.#add({ server, id, ip, user });
  }

  ended(server: string, id: string): void {
    this.#add({ server, id });
  }

  /** Writes what changed and closes. */
  close(): void {
    this.#commit();
    this.#journal?.close();
    this.#journal = null;
  }

  #add(line: Line): void {
    if (this.#journal === null) return;
    this.#journal.add(`${JSON.stringify(line)}\n`);
    this.#gathering.add();
  }

  #commit(): void {
    this.#gathering.clear();
    this.#guarded(() => {
      this.#journal?.commit();
      if (this.#sessions && (this.#journal?.bytes ?? 0) > Math.max(leastJournal, 2 * this.#bytesOfAll))
        this.#writeAll(this.#sessions);
    });
  }

  #writeAll(sessions: OpenSessions): void {
    const next = new Journal(`${this.#path}.new`);
    for (const [server, id, { ip, user }] of sessions.all())
      next.add(`${JSON.stringify({ server, id, ip, user })}\n`);
    next.commit();
    renameSync(`${this.#path}.new`, this.#path);
    this.#journal?.close();
    this.#journal = next;
    this.#bytesOfAll = next.bytes;
  }

  /** Keeps serving where the disk refuses; sessions are then forgotten with the next restart, which is said once. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#journal?.close();
      this.#journal = null;
      const why = (error as Error).message;
      this.#report(collectorEvent({ msg: 'RADIUS sessions not kept', file: this.#path, why }));
    }
  }
}

function enter(sessions: OpenSessions, text: string): void {
  let line: Partial<Line> | null;
  try {
    line = JSON.parse(text) as Partial<Line> | null;
  } catch {
    return;
  }
  const { server, id, ip, user = null } = line ?? {};
  if (typeof server !== 'string' || typeof id !== 'string') return;
  if (ip === undefined) sessions.end(server, id);
  else if (typeof ip === 'string' && (user === null || typeof user === 'string'))
    sessions.begin(server, id, { ip, user });
}
