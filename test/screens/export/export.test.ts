import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logonFields } from '../../../src/query/logon-fields.ts';
import { exportText, formatOf } from '../../../src/screens/export/export-text.ts';
import { writeExport } from '../../../src/screens/terminal/write-export.ts';
import { keys, renderScreen } from '../../support/render-screen.tsx';
import { normalDay } from '../../support/rows.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const row = {
  user: '=HYPERLINK("http://x";"y")',
  domain: '-2+3',
  ip: '10.1.2.3',
  workstation: 'a,\x1b[31m"b"\n',
  groups: ['CORP/SALES', '@SUM'],
  session: 0,
  portRanges: [[1224, 1423]] as const,
  connector: 'corp',
  server: 'dc01:8000',
  logonTime: now - 90_500,
  stale: true,
  expiresAt: now - 3_000,
};
const view = { table: 'FSSO users', filter: 'a', fields: logonFields, rows: [row], now };

test('CSV holds no formula and no control, and numbers stay numbers', () => {
  const [head, line, ...rest] = [...exportText(view, 'csv')].join('').split('\r\n');
  expect(head).toBe('user,ip,ws,domain,group,connector,source,via,session,port,age,time,status,left');
  expect(line).toBe(
    `"'=HYPERLINK(""http://x"";""y"")",10.1.2.3,"a,\\x1b[31m""b""\\x0a","'-2+3",CORP/SALES+@SUM,corp,dc01:8000,,0,` +
      '1224-1423,90,2026-11-22T09:58:29Z,stale,-3',
  );
  expect(rest).toEqual(['']);
});

test('JSON holds every text as it came, in ASCII', () => {
  const text = [
    ...exportText({ ...view, rows: [row, { ...row, user: 'é\u202e', expiresAt: null }] }, 'json'),
  ].join('');
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  const document = JSON.parse(text);
  expect(document).toMatchObject({ table: 'FSSO users', filter: 'a', exportedAt: '2026-11-22T10:00:00Z' });
  expect(document.rows[0]).toMatchObject({ user: row.user, ws: row.workstation, group: row.groups, age: 90 });
  expect(document.rows[1]).toMatchObject({ user: 'é\u202e', left: null, port: ['1224-1423'] });
});

test.each([
  ['a.csv', 'csv'],
  ['A.JSON', 'json'],
  ['a.txt', null],
  ['csv', null],
])('%s is %s', (file, format) => {
  expect(formatOf(file)).toBe(format);
});

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'export-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('a file is written whole, for its owner, and replaced only where that was said', async () => {
  await inDirectory(async (directory) => {
    const file = join(directory, 'a.csv');
    expect(await writeExport(file, ['1', '2'], false)).toEqual({ kind: 'written', path: file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await writeExport(file, ['3'], false)).toEqual({ kind: 'exists', path: file });
    expect(await readFile(file, 'utf8')).toBe('12');
    expect(await writeExport(file, ['3'], true)).toMatchObject({ kind: 'written' });
    expect(await readFile(file, 'utf8')).toBe('3');
    function* broken(): Generator<string> {
      yield 'x'.repeat(100_000);
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    }
    expect(await writeExport(file, broken(), true)).toMatchObject({
      kind: 'failed',
      reason: 'the disk is full',
    });
    expect(await readFile(file, 'utf8')).toBe('3');
    expect(await writeExport(join(directory, 'no/a.csv'), [], false)).toMatchObject({
      reason: 'there is no such directory',
    });
    expect(await readdir(directory)).toEqual(['a.csv']);
  });
});

test('Ctrl+E asks for a file; the filtered rows are in it, and a file that is there is asked about', async () => {
  await inDirectory(async (directory) => {
    const file = join(directory, 'users.json');
    const screen = await renderScreen({
      changes: normalDay(),
      columns: 120,
      keys: ['u', '/', ...'user:user01'],
    });
    await screen.press(keys.enter, '\x05');
    expect(screen.text()).toContain(':export _');
    await screen.press(...file, keys.enter);
    await expect.poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 5_000 }).toContain(']}');
    const { rows } = JSON.parse(await readFile(file, 'utf8'));
    expect(rows).toHaveLength(10);
    expect(rows[0].user).toMatch(/^USER01\d$/);
    await writeFile(file, 'mine');
    await screen.press(':', ...`export ${file}`, keys.enter);
    await expect.poll(() => screen.text(), { timeout: 5_000 }).toContain('Replace ');
    expect(await readFile(file, 'utf8')).toBe('mine');
    await screen.press('y');
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 5_000 }).toContain('USER010');
    await screen.press(':', ...'export x.txt', keys.enter);
    expect(screen.text()).toContain('ends in .csv or .json');
  });
}, 30_000);
