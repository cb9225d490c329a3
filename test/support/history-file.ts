import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryChange, HistoryPut } from '../../src/backends/history/changes.ts';
import { type HistoryFile, openForWriting } from '../../src/backends/history/file.ts';
import { answers } from '../../src/backends/history/questions.ts';
import { HistoryWriter } from '../../src/backends/history/writer.ts';
import type { Ending, HistoryQuestion, HistoryRow } from '../../src/logon-history.ts';

/** A time of the day on which these tests happen, `HH:MM` or `HH:MM:SS`, UTC. */
export function at(clock: string): number {
  return Date.parse(`2026-01-15T${clock.length === 5 ? `${clock}:00` : clock}Z`);
}

/** A logon event of ANNA at 10.1.1.5; what is given differs. */
export function put(clock: string, given: Partial<HistoryPut> = {}): HistoryPut {
  const time = at(clock);
  return {
    kind: 'put',
    time,
    connector: 'corp',
    ip: '10.1.1.5',
    session: 0,
    user: 'ANNA',
    domain: 'CORP',
    workstation: 'PC-1',
    groups: 'CORP/SALES',
    ports: '',
    server: '10.0.0.11:8000',
    logonTime: time - 1_000,
    live: true,
    ...given,
  };
}

export function end(clock: string, by: Ending, ip = '10.1.1.5'): HistoryChange {
  return { kind: 'end', time: at(clock), connector: 'corp', ip, session: 0, by };
}

export function unseen(clock: string, ip = '10.1.1.5'): HistoryChange {
  return { kind: 'unseen', time: at(clock), connector: 'corp', ip, session: 0 };
}

/** A directory for one test, removed with it. */
export class HistoryHome implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'fabrictop-history-'));
  readonly path = join(this.directory, 'state', 'history.db');

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A history that is written and asked in this process. */
export class WrittenHistory implements Disposable {
  readonly home = new HistoryHome();
  file: HistoryFile;
  writer: HistoryWriter;

  constructor(start = at('08:00')) {
    this.file = openForWriting(this.home.path);
    this.writer = new HistoryWriter(this.file.database, start);
  }

  /** One batch; the program is alive at the time of its last change. */
  write(...changes: HistoryChange[]): void {
    this.writer.write(changes, changes.at(-1)?.time ?? 0);
  }

  /** As if the program had stopped without a word, and was started again. */
  startAgain(now: number): void {
    this.file.close();
    this.file = openForWriting(this.home.path);
    this.writer = new HistoryWriter(this.file.database, now);
  }

  /** Asked while the program is alive. */
  ask(question: HistoryQuestion, now: number): HistoryRow[] {
    this.writer.write([], now);
    return this.askAsItIs(question, now);
  }

  askAsItIs(question: HistoryQuestion, now: number): HistoryRow[] {
    return [...answers(this.file.database, question, now)];
  }

  [Symbol.dispose](): void {
    try {
      this.file.close();
    } catch {}
    this.home[Symbol.dispose]();
  }
}

/** `ANNA 09:00-09:30 replaced`: the shape of an interval in one line. */
export function brief(row: HistoryRow): string {
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  const until = row.ended === null ? 'now' : clock(row.ended);
  return `${row.user} ${clock(row.began)}-${until}${row.endedBy === null ? '' : ` ${row.endedBy}`}`;
}
