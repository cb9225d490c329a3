import { expect, test, vi } from 'vitest';
import { trimStep, usedBytes } from '../../../src/backends/history/retention.ts';
import { at, brief, end, put, WrittenHistory } from '../../support/history-file.ts';

vi.setConfig({ testTimeout: 60_000 });

const plenty = 1e12;

function trim(history: WrittenHistory, retention: { before: number; bytes: number }): number {
  let deleted = 0;
  for (let after = 0, done = false; !done; ) {
    const walk = trimStep(history.file.database, retention, after);
    deleted += walk.deleted;
    ({ after, done } = walk);
  }
  history.writer.forgetNames();
  return deleted;
}

function names(history: WrittenHistory): string[] {
  return (
    history.file.database.prepare('SELECT value FROM name ORDER BY value').all() as { value: string }[]
  ).map(({ value }) => value);
}

test('what ended too long ago goes with the names that nothing else has, and what lasts stays', () => {
  using history = new WrittenHistory();
  history.write(
    put('08:00', { user: 'STILL', ip: '10.1.1.9' }),
    put('09:00'),
    put('09:30', { user: 'BOB' }),
    end('10:00', 'logoff'),
    put('11:00', { user: 'CLEO', workstation: 'PC-2' }),
  );
  expect(trim(history, { before: at('10:30'), bytes: plenty })).toBe(2);
  expect(history.ask({}, at('11:01')).map(brief)).toEqual(['CLEO 11:00-now', 'STILL 08:00-now']);
  expect(names(history)).toEqual(['CLEO', 'PC-1', 'PC-2', 'STILL']);
  history.write(put('11:02', { user: 'BOB', workstation: 'PC-9' }));
  expect(history.ask({ user: 'bob' }, at('11:03')).map(brief)).toEqual(['BOB 11:02-now']);
});

test('a file that is too large loses its oldest intervals and no more than needed', () => {
  using history = new WrittenHistory();
  const count = 12_000;
  for (let first = 0; first < count; first += 1_000)
    history.write(
      ...Array.from({ length: 1_000 }, (_, place) =>
        put('09:00', { time: at('09:00') + first + place, user: `USER${first + place}` }),
      ),
    );
  const bytes = Math.floor(usedBytes(history.file.database) / 2);
  const deleted = trim(history, { before: 0, bytes });
  expect(usedBytes(history.file.database)).toBeLessThanOrEqual(bytes);
  expect(deleted).toBeGreaterThan(count / 4);
  expect(deleted).toBeLessThan((count * 3) / 4);
  const [newest] = history.ask({ limit: 1 }, at('09:01'));
  expect(newest?.user).toBe(`USER${count - 1}`);
  expect(history.ask({ user: 'user0' }, at('09:01'))).toEqual([]);
});
