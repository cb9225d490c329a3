import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { openForReading, openForWriting, reasonOf } from '../../../src/backends/history/file.ts';
import { LayoutError, layout, migrate } from '../../../src/backends/history/schema.ts';
import { at, brief, HistoryHome, put, WrittenHistory } from '../../support/history-file.ts';

vi.setConfig({ testTimeout: 60_000 });

function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}

test('the file and what stands beside it are for their owner only', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'));
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const { path, directory } = history.home;
  expect([path, `${path}-wal`, `${path}-shm`, `${path}.lock`].map(mode)).toEqual([
    '600',
    '600',
    '600',
    '600',
  ]);
  expect(mode(`${directory}/state`)).toBe('700');
});

test('a program that is killed loses nothing before its last committed batch', async () => {
  using home = new HistoryHome();
  const script = fileURLToPath(new URL('../../support/history-writing.ts', import.meta.url));
  const child = spawn(process.execPath, [script, home.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  const enough = Promise.withResolvers<void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.split('\n').length > 20) enough.resolve();
  });
  await enough.promise;
  child.kill('SIGKILL');
  await once(child, 'close');
  const committed = Number(printed.split('\n').at(-2));
  const { database, close } = openForWriting(home.path);
  const { count } = database.prepare('SELECT count(*) AS count FROM span').get() as { count: number };
  const check = database.prepare('PRAGMA integrity_check').get();
  close();
  expect(committed).toBeGreaterThan(0);
  expect(count).toBeGreaterThanOrEqual(committed);
  // A batch is there whole or not at all.
  expect(count % 100).toBe(0);
  expect(check).toEqual({ integrity_check: 'ok' });
});

test('a disk that is full loses the batch, says so, and leaves what was there', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'));
  const { database } = history.file;
  const { page_count } = database.prepare('PRAGMA page_count').get() as { page_count: number };
  database.exec(`PRAGMA max_page_count = ${page_count}`);
  const many = Array.from({ length: 5_000 }, (_, place) =>
    put('09:01', { ip: `10.2.${place >> 8}.${place & 255}`, user: `USER${place}` }),
  );
  const error = failure(() => history.write(...many));
  expect(reasonOf(error)).toEqual({ code: 'SQLITE_FULL', text: 'the disk is full' });
  expect(history.askAsItIs({}, at('09:01')).map(brief)).toEqual(['ANNA 09:00-09:00 not-observed']);
  database.exec('PRAGMA max_page_count = 4294967294');
  history.write(...many);
  expect(history.ask({}, at('09:02'))).toHaveLength(5_001);
});

test('a damaged file is told from one that is no database, and neither is changed', () => {
  using history = new WrittenHistory();
  for (let place = 0; place < 50; place += 1) history.write(put('09:00', { ip: `10.1.2.${place}` }));
  history.file.close();
  const { path } = history.home;
  const file = openSync(path, 'r+');
  for (let page = 1; page < 20; page += 1) writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096);
  const before = readFileSync(path);
  expect(
    reasonOf(failure(() => openForWriting(path).database.exec('SELECT 1; DELETE FROM span'))),
  ).toMatchObject({
    code: 'SQLITE_CORRUPT',
    text: expect.stringContaining('damaged'),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('the database of another program and a newer layout are refused', () => {
  using home = new HistoryHome();
  mkdirSync(`${home.directory}/state`);
  const other = new DatabaseSync(home.path);
  other.exec('CREATE TABLE theirs (id INTEGER)');
  other.close();
  expect(failure(() => openForWriting(home.path))).toBeInstanceOf(LayoutError);
  expect(failure(() => openForReading(home.path))).toBeInstanceOf(LayoutError);
  using newer = new WrittenHistory();
  newer.file.database.exec(`PRAGMA user_version = ${layout + 1}`);
  newer.file.close();
  expect(reasonOf(failure(() => openForWriting(newer.home.path))).text).toBe(
    `it was written by a newer fabrictop (layout ${layout + 1}, this one reads ${layout})`,
  );
});

test('a place where no file can be is one line', () => {
  using home = new HistoryHome();
  writeFileSync(`${home.directory}/state`, 'a file where a directory should be');
  expect(reasonOf(failure(() => openForWriting(home.path))).text).toBe(
    'its directory cannot be made or reached',
  );
});

test('a file of layout 1 becomes one of this layout with what it holds', () => {
  using home = new HistoryHome();
  mkdirSync(`${home.directory}/state`);
  const old = new DatabaseSync(home.path);
  migrate(old, 1);
  old.exec(`
    INSERT INTO place VALUES (1, '10.1.1.5', 0, 'corp');
    INSERT INTO name VALUES (1, 'ANNA', 'anna'), (2, 'PC-1', 'pc-1');
    INSERT INTO word VALUES (1, 'CORP'), (2, 'CORP/SALES'), (3, ''), (4, '10.0.0.11:8000');
    INSERT INTO span (id, place, user, domain, workstation, group_text, ports, server, began, began_by, logon_time)
      VALUES (1, 1, 1, 1, 2, 2, 3, 4, ${at('09:00')}, 0, ${at('09:00')});
    INSERT INTO run VALUES (1, ${at('09:00')}, ${at('09:05')}, NULL);
  `);
  old.close();
  expect(openForReading(home.path)).not.toBeNull();
  const { database, close } = openForWriting(home.path);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: layout });
  expect(database.prepare('SELECT user, ip, began, collector FROM history').all()).toEqual([
    { user: 'ANNA', ip: '10.1.1.5', began: '2026-01-15T09:00:00Z', collector: '10.0.0.11:8000' },
  ]);
  close();
});
