import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RotatingFile } from '../../bin/rotating-file.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-rotating-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'log');
}

const fails = (error: Error) => {
  throw error;
};

test('lines are appended behind what was there', async () => {
  const path = place();
  writeFileSync(path, 'before\n');
  const file = await RotatingFile.open(path, 1000, fails);
  file.write('one');
  file.write('two');
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('before\none\ntwo\n');
  expect(existsSync(`${path}.bak`)).toBe(false);
});

test('before a line goes beyond the size the file becomes .bak, and no line is lost or cut', async () => {
  const path = place();
  const file = await RotatingFile.open(path, 100, fails);
  const lines = Array.from({ length: 25 }, (_, index) => `line ${String(index).padStart(3, '0')}`);
  for (const line of lines) file.write(line);
  await file.close();
  expect(statSync(path).size).toBeLessThanOrEqual(100);
  expect(statSync(`${path}.bak`).size).toBeLessThanOrEqual(100);
  const kept = readFileSync(`${path}.bak`, 'utf8') + readFileSync(path, 'utf8');
  expect(lines.join('\n').endsWith(kept.trimEnd())).toBe(true);
  // 11 lines of 9 bytes fit, and 25 make two full files and one of three.
  expect(readFileSync(path, 'utf8')).toBe(`${lines.slice(22).join('\n')}\n`);
});

test('a line that is longer than the size is written all the same', async () => {
  const path = place();
  const file = await RotatingFile.open(path, 10, fails);
  for (const line of ['short', 'x'.repeat(50), 'end']) file.write(line);
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('end\n');
  expect(readFileSync(`${path}.bak`, 'utf8')).toBe(`${'x'.repeat(50)}\n`);
});

test('a file that cannot be rotated is told of, and its lines are counted as dropped', async () => {
  const path = place();
  const told: string[] = [];
  const file = await RotatingFile.open(path, 10, (error) => told.push(String(error.code)));
  mkdirSync(`${path}.bak`);
  for (const line of ['first', 'second', 'third']) file.write(line);
  await file.close();
  expect(told).toEqual(['EISDIR']);
  expect(file.dropped).toBe(2);
  expect(readFileSync(path, 'utf8')).toBe('first\n');
});

test('a file that another program moved is begun anew when that is said, and no line is lost', async () => {
  const path = place();
  const file = await RotatingFile.open(path, 1000, fails);
  file.write('one');
  file.reopen();
  file.write('two');
  await expect.poll(() => readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  renameSync(path, `${path}.1`);
  file.reopen();
  file.write('three');
  await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8')).toBe('three\n');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\ntwo\n');
  await file.close();
});

test('where the file cannot be begun anew the old one goes on, and that is told', async () => {
  const path = place();
  const told: string[] = [];
  const file = await RotatingFile.open(path, 1000, (error) => told.push(String(error.code)));
  renameSync(path, `${path}.1`);
  mkdirSync(path);
  file.reopen();
  file.write('one');
  await file.close();
  expect(told).toEqual(['EISDIR']);
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\n');
});

test('a file in no directory cannot be opened', async () => {
  await expect(RotatingFile.open('/no/such/place/log', 10, fails)).rejects.toThrow('ENOENT');
});
