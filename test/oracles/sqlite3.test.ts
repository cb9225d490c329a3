// The history is read by a program that nobody here wrote: the sqlite3 shell, while a dashboard's recorder writes it. The logons
// come from a real collector, over the real FSSO client.
import { spawnSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { createFssoSource } from '../../src/backends/fsso-connector.ts';
import { sqlOf } from '../../src/backends/history/questions.ts';
import { HistoryRecorder } from '../../src/backends/history/recorder.ts';
import { isoTime } from '../../src/logon-history.ts';
import { fssoEntry } from '../support/fsso-entry.ts';
import { HistoryHome } from '../support/history-file.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { runningCollector } from '../support/running-collector.ts';

const patience = { timeout: 20_000, interval: 20 };

function shell(path: string, sql: string): string[] {
  const { status, stdout, stderr } = spawnSync('sqlite3', ['-readonly', path, sql], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

test('the sqlite3 shell finds the file sound and gives the same answers', async () => {
  using home = new HistoryHome();
  const collector = await runningCollector({ groups: { '*': ['CORP/SALES'] } });
  const clock = new ManualClock();
  const recorder = new HistoryRecorder({ path: home.path, keepDays: 30, keepMegabytes: 100 }, clock);
  recorder.start(() => undefined);
  const source = createFssoSource(
    {
      config: fssoEntry({ name: 'corp', servers: [{ server: '127.0.0.1', port: collector.port }] }),
      identity: 'FGVM010000000001-root',
      passwords: [null],
      ca: [],
    },
    clock,
    { history: recorder },
  );
  let online = false;
  source.start((change) => {
    if (change.table === 'collectors' && change.op === 'put') online ||= change.row.state === 'online';
  });
  const ask = async (question: object) => {
    const answer = await recorder.ask(question);
    if (!answer.ok) throw new Error(answer.reason.text);
    return answer.rows ?? [];
  };
  await vi.waitFor(() => expect(online).toBe(true), patience);
  await collector.logon({ user: 'alice', workstation: 'PC1', ip: '10.0.0.1' });
  await vi.waitFor(async () => expect(await ask({ ip: '10.0.0.1' })).toHaveLength(1), patience);
  clock.advance(5_000);
  await collector.logon({ user: 'svc-backup', workstation: 'SRV', ip: '10.0.0.1' });
  await vi.waitFor(async () => expect(await ask({ ip: '10.0.0.1' })).toHaveLength(2), patience);
  const [after, before] = await ask({ ip: '10.0.0.1' });
  expect(before).toMatchObject({ endedBy: 'replaced', next: 'CORP\\svc-backup', groups: 'CORP/SALES' });
  expect(after).toMatchObject({ ended: null, server: `127.0.0.1:${collector.port}` });

  expect(
    shell(home.path, 'PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT count(*) FROM span'),
  ).toEqual(['ok', '2']);
  expect(
    shell(
      home.path,
      'SELECT user, ip, workstation, began, ended, began_by, ended_by FROM history ORDER BY began',
    ),
  ).toEqual([
    `alice|10.0.0.1|PC1|${isoTime(before?.began ?? 0)}|${isoTime(before?.ended ?? 0)}|event|replaced`,
    `svc-backup|10.0.0.1|SRV|${isoTime(after?.began ?? 0)}||event|`,
  ]);
  const moment = (before?.began ?? 0) + 1;
  const { sql, values } = sqlOf({ ip: '10.0.0.1', from: moment, to: moment }, clock.now());
  let place = 0;
  const asked = sql.replaceAll('?', () =>
    typeof values[place] === 'string' ? `'${values[place++]}'` : `${values[place++]}`,
  );
  expect(shell(home.path, asked).map((line) => line.split('|')[4])).toEqual(['alice']);
  expect(shell(home.path, `EXPLAIN QUERY PLAN ${asked}`).join('\n')).not.toMatch(/SCAN (s|span)\b/);

  await source.stop();
  await recorder.stop();
  expect(shell(home.path, 'SELECT ended_by FROM history ORDER BY began DESC LIMIT 1')).toEqual([
    'not-observed',
  ]);
});
