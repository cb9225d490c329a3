import { expect, test, vi } from 'vitest';
import { openForWriting } from '../../../src/backends/history/file.ts';
import { HistoryRecorder } from '../../../src/backends/history/recorder.ts';
import type { FssoChange } from '../../../src/fsso/gate/changes.ts';
import { LogonTable } from '../../../src/fsso/gate/logon-table.ts';
import type { StoreChange } from '../../../src/state/changes.ts';
import { logon } from '../../support/fake-network.ts';
import { brief, HistoryHome } from '../../support/history-file.ts';
import { ManualClock } from '../../support/manual-clock.ts';

vi.setConfig({ testTimeout: 30_000 });
const patience = { timeout: 10_000, interval: 5 };

/** A recorder beside a table that a test fills as a connector would. */
function start(path: string, clock = new ManualClock()) {
  const toasts: string[] = [];
  const recorder = new HistoryRecorder({ path, keepDays: 30, keepMegabytes: 100 }, clock);
  recorder.start((change: StoreChange) => {
    if (change.table === 'toasts') toasts.push(change.text);
  });
  const table = new LogonTable('corp');
  recorder.watch('corp', () => table.values());
  const logOn = (user: string, ip = '10.0.0.1') => {
    const put = table.put(logon({ user, ip }), '127.0.0.1:8000', clock.now());
    if (put.outcome === 'repeated' || put.outcome === 'refused') return;
    const change: FssoChange = {
      kind: 'logon',
      op: 'put',
      logon: put.logon,
      why: put.outcome,
      previous: put.previous,
      live: true,
    };
    recorder.note('corp', change);
  };
  const users = async () => {
    const answer = await recorder.ask({});
    if (!answer.ok) throw new Error(answer.reason.text);
    return (answer.rows ?? []).map(brief);
  };
  return { clock, recorder, toasts, table, logOn, users, [Symbol.asyncDispose]: () => recorder.stop() };
}

test('what connectors report is on the disk when it is asked for', async () => {
  using home = new HistoryHome();
  await using history = start(home.path);
  history.logOn('ANNA');
  history.clock.advance(60_000);
  history.logOn('BOB');
  await vi.waitFor(async () => {
    history.clock.advance(1_000);
    expect(await history.users()).toEqual(['BOB 09:01-now', 'ANNA 09:00-09:01 replaced']);
  }, patience);
  expect(history.toasts).toEqual([]);
});

test('a second program shows the history and takes over when the first one ends', async () => {
  using home = new HistoryHome();
  const first = start(home.path);
  first.logOn('ANNA');
  await vi.waitFor(async () => expect(await first.users()).toEqual(['ANNA 09:00-now']), patience);
  await using second = start(home.path);
  second.logOn('ANNA');
  await vi.waitFor(() => expect(second.toasts).toHaveLength(1), patience);
  expect(second.toasts[0]).toContain('written by another fabrictop');
  expect(await second.users()).toEqual(['ANNA 09:00-now']);
  await first.recorder.stop();
  second.clock.advance(30_000);
  await vi.waitFor(() => expect(second.toasts).toHaveLength(2), patience);
  expect(second.toasts[1]).toContain('records the history from now on');
  await vi.waitFor(
    async () => expect(await second.users()).toEqual(['ANNA 09:00-now', 'ANNA 09:00-09:00 not-observed']),
    patience,
  );
});

test('a file that is no history is one line, is left alone, and is tried again', async () => {
  using home = new HistoryHome();
  const { mkdirSync, writeFileSync, readFileSync, rmSync } = await import('node:fs');
  mkdirSync(`${home.directory}/state`);
  writeFileSync(home.path, 'these are not the octets of a database at all'.repeat(100));
  await using history = start(home.path);
  history.logOn('ANNA');
  await vi.waitFor(() => expect(history.toasts).toHaveLength(1), patience);
  expect(history.toasts[0]).toBe(
    `The history is not recorded: ${home.path}: it is no history, or damaged: move it away, and a new one is begun`,
  );
  expect(await history.recorder.ask({})).toMatchObject({ ok: false, reason: { code: 'SQLITE_NOTADB' } });
  expect(readFileSync(home.path, 'latin1')).toContain('these are not');
  rmSync(home.path);
  history.clock.advance(30_000);
  await vi.waitFor(() => expect(history.toasts).toHaveLength(2), patience);
  expect(history.toasts[1]).toContain('recorded again');
  await vi.waitFor(async () => expect(await history.users()).toEqual(['ANNA 09:00-now']), patience);
});

test('the end of a connector and of the program are written as such', async () => {
  using home = new HistoryHome();
  const history = start(home.path);
  history.logOn('ANNA');
  history.clock.advance(5_000);
  history.recorder.left('corp');
  await history.recorder.stop();
  const file = openForWriting(home.path);
  const [run] = file.database.prepare('SELECT began, alive, ended FROM run').all();
  const [span] = file.database.prepare('SELECT began_by, ended, ended_by FROM history').all();
  file.close();
  expect(run).toMatchObject({ alive: history.clock.now(), ended: history.clock.now() });
  expect(span).toEqual({ began_by: 'event', ended: expect.any(String), ended_by: 'not-observed' });
  expect(await history.recorder.ask({})).toMatchObject({ ok: false });
});
