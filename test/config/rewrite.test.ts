import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readForEdit, rewriteConfig, whyNotRewritten } from '../../src/config/rewrite.ts';

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-rewrite-'));
  path = join(directory, 'config.yaml');
  writeFileSync(path, 'old\n', { mode: 0o640 });
  chmodSync(path, 0o640);
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the text is replaced, mode and owner stay, and nothing is left beside it', async () => {
  const root = process.getuid?.() === 0;
  if (root) chownSync(path, 65_534, 65_534);
  const before = statSync(path);
  await rewriteConfig(path, 'old\n', 'new\n');
  expect(readFileSync(path, 'utf8')).toBe('new\n');
  const { mode, uid, gid, ino } = statSync(path);
  expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
  expect(mode & 0o777).toBe(0o640);
  expect(ino).not.toBe(before.ino);
  expect(readdirSync(directory)).toEqual(['config.yaml']);
});

test('a symbolic link stays one, and what it leads to is replaced where it is', async () => {
  const real = join(directory, 'real');
  mkdirSync(real);
  writeFileSync(join(real, 'c.yaml'), 'old\n');
  const link = join(directory, 'link.yaml');
  symlinkSync('real/c.yaml', link);
  await rewriteConfig(link, 'old\n', 'new\n');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(real, 'c.yaml'), 'utf8')).toBe('new\n');
  expect(readdirSync(real)).toEqual(['c.yaml']);
});

test("someone else's change is never overwritten", async () => {
  writeFileSync(path, 'theirs\n');
  await expect(rewriteConfig(path, 'old\n', 'new\n')).rejects.toThrow(
    `${path}: not changed: it was changed by someone else meanwhile`,
  );
  expect(readFileSync(path, 'utf8')).toBe('theirs\n');
  expect(readdirSync(directory)).toEqual(['config.yaml']);
});

test('a byte order mark is read, so that it can be written back', async () => {
  writeFileSync(path, '\ufeffold\n');
  const text = await readForEdit(path);
  await rewriteConfig(path, text, `${text}# more\n`);
  expect(readFileSync(path)).toEqual(Buffer.from('\ufeffold\n# more\n'));
});

test('when the text does not fit, the file is as it was and nothing is left beside it', () => {
  const script = `
    const { rewriteConfig } = await import(${JSON.stringify(
      pathToFileURL(join(import.meta.dirname, '../../src/config/rewrite.ts')).href,
    )});
    await rewriteConfig(${JSON.stringify(path)}, 'old\\n', 'x'.repeat(200_000)).catch((error) => console.log(error.lines[0]));
  `;
  // A limit of the shell stands for the full disk: no file of that process can grow beyond 8 KiB.
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 16; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  expect({ stdout, stderr }).toEqual({ stdout: `${path}: not changed: EFBIG\n`, stderr: '' });
  expect(readFileSync(path, 'utf8')).toBe('old\n');
  expect(readdirSync(directory)).toEqual(['config.yaml']);
});

test('why a file cannot be changed is one line', async () => {
  expect(await whyNotRewritten(path)).toBeNull();
  expect(await whyNotRewritten(join(directory, 'none.yaml'))).toBe(
    'The configuration file cannot be changed: ENOENT',
  );
});

test('who may not write is told so, and the file stays', () => {
  if (process.getuid?.() !== 0) return;
  chmodSync(directory, 0o755);
  chownSync(path, 65_534, 65_534);
  const script = `
    const { rewriteConfig, whyNotRewritten } = await import(${JSON.stringify(
      pathToFileURL(join(import.meta.dirname, '../../src/config/rewrite.ts')).href,
    )});
    console.log(await whyNotRewritten(${JSON.stringify(path)}));
    await rewriteConfig(${JSON.stringify(path)}, 'old\\n', 'new\\n').catch((error) => console.log(error.lines[0]));
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    uid: 65_534,
    gid: 65_534,
    env: { PATH: process.env['PATH'] },
  });
  expect(stdout).toBe(
    `The configuration file cannot be changed: you may not write there\n${path}: not changed: you may not write there\n`,
  );
  expect(readFileSync(path, 'utf8')).toBe('old\n');
});
