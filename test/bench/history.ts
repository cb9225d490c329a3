import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openForReading, openForWriting } from '../../src/backends/history/file.ts';
import { answers, sqlOf } from '../../src/backends/history/questions.ts';
import { HistoryRecorder } from '../../src/backends/history/recorder.ts';
import { systemClock } from '../../src/clock.ts';
import type { FssoChange } from '../../src/fsso/gate/changes.ts';
import type { LogonRecord } from '../../src/fsso/wire/messages.ts';
import type { HistoryQuestion } from '../../src/logon-history.ts';
import { ratio, spread } from './statistics.ts';

const perSecond = 5_000;
const seconds = 20;
const tickMs = 10;
const places = 300_000;
const burst = 200_000;
const rows = 10_000_000;
const questions = 200;

const text = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

function address(index: number): string {
  return `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
}

/** Logons all over the addresses: each one is a new interval, and ends another where somebody was there. */
function change(index: number, time: number): FssoChange {
  const place = (index * 7_919) % places;
  const record: LogonRecord = {
    loggedOn: true,
    ip: address(place),
    session: 0,
    user: `USER${(index * 104_729) % places}`,
    domain: 'CORP',
    workstation: `PC-${place}`,
    groups: `CORP/GROUP ${index % 500}+CORP/DOMAIN USERS`,
    logonTime: Math.floor(time / 1_000),
    kind: 1,
    portRanges: [],
    extra: [],
  };
  const logon = {
    key: `${record.ip}|0`,
    server: '10.0.0.9:8000',
    record,
    receivedAt: time,
    stale: false,
    expiresAt: null,
    before: null,
    overlaps: [],
  };
  return { kind: 'logon', op: 'put', logon, why: 'replaced', previous: null, live: true };
}

function recorderOf(path: string): { recorder: HistoryRecorder; complaints: string[] } {
  const complaints: string[] = [];
  const recorder = new HistoryRecorder({ path, keepDays: 30, keepMegabytes: 100_000 }, systemClock);
  recorder.start((each) => {
    if (each.table === 'toasts') complaints.push(each.text);
  });
  return { recorder, complaints };
}

/** How late the main thread's timers are while `perSecond` events a second go to `take`: what a frame would wait. */
async function paced(take: (change: FssoChange) => void): Promise<{ p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  let sent = 0;
  delay.enable();
  while (sent < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, ((performance.now() - started) * perSecond) / 1_000);
    for (; sent < due; sent += 1) take(change(sent, Date.now()));
    await sleep(tickMs);
  }
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}

async function sustained(directory: string): Promise<string[]> {
  const alone = await paced(() => undefined);
  const { recorder, complaints } = recorderOf(join(directory, 'paced.db'));
  await recorder.ask({ ip: '10.0.0.0' });
  const with_ = await paced((each) => recorder.note('corp', each));
  const left = performance.now();
  const newest = await recorder.ask({ limit: 1 });
  const lag = performance.now() - left;
  await recorder.stop();
  const written = counted(join(directory, 'paced.db'));
  if (written !== perSecond * seconds || complaints.length > 0 || !newest.ok)
    throw new Error(`${written} of ${perSecond * seconds} were written: ${complaints.join('; ')}`);
  return [
    `ms that the main thread's timers are late, p99 and most, at ${text(perSecond)} events a second for ${seconds} s, all on disk:  ${text(with_.p99)}, ${text(with_.max)}`,
    `the same without a history:  ${text(alone.p99)}, ${text(alone.max)}`,
    `ms from the last event until it is on disk and was read back:  ${text(lag)}`,
  ];
}

function counted(path: string): number {
  const database = openForReading(path);
  if (database === null) return 0;
  const { count } = database.prepare('SELECT count(*) AS count FROM span').get() as { count: number };
  database.close();
  return count;
}

/** As fast as it goes, beside a plain file that takes the same octets in as many writes and is synchronised at the end. */
async function atOnce(directory: string): Promise<string[]> {
  const path = join(directory, 'burst.db');
  const { recorder } = recorderOf(path);
  await recorder.ask({ ip: '10.0.0.0' });
  const started = performance.now();
  for (let index = 0; index < burst; index += 1) {
    recorder.note('corp', change(index, Date.now()));
    if (index % 2_000 === 0) await recorder.ask({ ip: '10.0.0.0' });
  }
  await recorder.stop();
  const took = performance.now() - started;
  if (counted(path) !== burst) throw new Error(`${counted(path)} of ${burst} were written`);
  const octets = statSync(path).size;
  const plainStarted = performance.now();
  const file = openSync(join(directory, 'plain'), 'w');
  const piece = Buffer.alloc(Math.ceil(octets / (burst / 2_000)), 7);
  for (let index = 0; index < burst / 2_000; index += 1) writeSync(file, piece);
  fdatasyncSync(file);
  closeSync(file);
  const plain = performance.now() - plainStarted;
  return [
    `events a second, as fast as it goes, ${text(burst)} of them, ${text(octets / burst)} octets each:  ${text((burst * 1_000) / took)}`,
    `a plain file of the same octets, events a second:  ${text((burst * 1_000) / plain)}`,
    `times as long as that file:  ${text(took / plain)}`,
  ];
}

/** Ten million intervals: three years of 300,000 addresses, made by SQLite itself. */
function generate(path: string): void {
  const { database, close } = openForWriting(path);
  const perPlace = Math.ceil(rows / places);
  database.exec(`
    PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;
    DROP INDEX span_place; DROP INDEX span_user; DROP INDEX span_workstation; DROP INDEX span_open;
    BEGIN;
    INSERT INTO run (began, alive, ended) VALUES (0, 100000000000, 100000000000);
    INSERT INTO word (id, value) VALUES (1, 'CORP'), (2, 'CORP/SALES'), (3, ''), (4, '10.0.0.9:8000');
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${places - 1})
    INSERT INTO place (id, ip, session, connector)
      SELECT i + 1, '10.' || (i >> 16 & 255) || '.' || (i >> 8 & 255) || '.' || (i & 255), 0, 'corp' FROM n;
    INSERT INTO name (id, value, folded) SELECT id, 'USER' || id, 'user' || id FROM place;
    INSERT INTO name (id, value, folded) SELECT id + ${places}, 'PC-' || id, 'pc-' || id FROM place;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO span (id, place, user, domain, workstation, group_text, ports, server, began, began_by, logon_time,
      ended, ended_by)
      SELECT i + 1, i % ${places} + 1, i * 7919 % ${places} + 1, 1, ${places} + i % ${places} + 1, 2, 3, 4,
        i * 10000, 0, i * 10000, i * 10000 + ${places * 9_000}, 0 FROM n;
    CREATE INDEX span_place ON span (place, began);
    CREATE INDEX span_user ON span (user, began);
    CREATE INDEX span_workstation ON span (workstation, began);
    CREATE INDEX span_open ON span (place) WHERE ended IS NULL;
    COMMIT;
    PRAGMA journal_mode = WAL;
  `);
  close();
  if (perPlace * places < rows) throw new Error('too few places');
}

function ask(path: string): string[] {
  const database = openForReading(path);
  if (database === null) throw new Error('there is no history');
  const kinds: Record<string, (index: number) => HistoryQuestion> = {
    'an address at a moment': (index) => {
      const moment = ((index * 48_271) % rows) * 10_000 + 5_000_000;
      return { ip: address((index * 7_919) % places), from: moment, to: moment };
    },
    'a user at a moment': (index) => {
      const moment = ((index * 48_271) % rows) * 10_000 + 5_000_000;
      return { user: `user${(index * 104_729) % places}`, from: moment, to: moment };
    },
    'all of a user': (index) => ({ user: `USER${(index * 31) % places}`, limit: 1_000 }),
  };
  const lines: string[] = [];
  for (const [kind, question] of Object.entries(kinds)) {
    const taken: number[] = [];
    let found = 0;
    const script: string[] = ['.timer on'];
    for (let index = 0; index < questions; index += 1) {
      const asked = question(index + 1);
      const started = performance.now();
      found += [...answers(database, asked, Date.now())].length;
      taken.push(performance.now() - started);
      const { sql, values } = sqlOf(asked, Date.now());
      let place = 0;
      const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));
      script.push(`${sql.replaceAll('\n', ' ').replaceAll('?', () => literal(values[place++]))};`);
    }
    if (found === 0) throw new Error(`${kind}: nothing was found`);
    const shell = spawnSync('sqlite3', ['-readonly', path], {
      input: script.join('\n'),
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    const times = [...(shell.stdout ?? '').matchAll(/^Run Time: real ([\d.]+)/gm)].map(
      (match) => Number(match[1]) * 1_000,
    );
    lines.push(
      `ms for ${kind} among ${text(rows)} intervals, ${text(found / questions)} found:  ${spread(taken, 2)}`,
    );
    if (times.length > 0) {
      const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);
      lines.push(
        `the same in the sqlite3 shell:  ${spread(times, 2)}, ratio of the sums ${ratio(sum(taken), sum(times))}`,
      );
    }
  }
  database.close();
  return lines;
}

/** The history: what it costs a dashboard to record, how much it takes, and how fast it answers (docs/benchmarks.md). */
export async function history(): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-bench-'));
  try {
    const lines = [...(await sustained(directory)), ...(await atOnce(directory))];
    const path = join(directory, 'large.db');
    const started = performance.now();
    generate(path);
    lines.push(
      `s to make ${text(rows)} intervals, ${text(statSync(path).size / 1_048_576)} MiB:  ${text((performance.now() - started) / 1_000)}`,
    );
    return [...lines, ...ask(path)];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
