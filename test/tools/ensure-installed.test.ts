import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { difference, missingPackages } from '../../tools/ensure-installed.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = (version: string, more = {}) => ({ version, integrity: `sha512-${version}`, ...more });
const lock = {
  packages: {
    '': { name: 'x' },
    'node_modules/a': entry('1.0.0'),
    'node_modules/b': entry('2.0.0', { optional: true }),
  },
};

test.each([
  [{ 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('2.0.0') }, null],
  // Optional packages are those of other systems.
  [{ 'node_modules/a': entry('1.0.0') }, null],
  [{ 'node_modules/b': entry('2.0.0') }, 'node_modules/a is missing'],
  [{ 'node_modules/a': entry('1.0.1') }, 'node_modules/a is another version'],
  [
    { 'node_modules/a': { ...entry('1.0.0'), integrity: 'sha512-other' } },
    'node_modules/a is another version',
  ],
  [
    { 'node_modules/a': entry('1.0.0'), 'node_modules/c': entry('1.0.0') },
    'node_modules/c is not wanted any more',
  ],
])('what is installed is compared with the lock file (%#)', (packages, found) => {
  expect(difference(lock, { packages })).toBe(found);
});

test('a fresh clone has nothing installed', () => {
  expect(difference(lock, null)).toBe('nothing is installed');
});

test('this checkout is complete', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  expect(difference(read('package-lock.json'), read('node_modules/.package-lock.json'))).toBeNull();
});

test('a package is missing when its program is nowhere on the path', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-tools-'));
  try {
    writeFileSync(join(directory, 'there'), '');
    chmodSync(join(directory, 'there'), 0o755);
    writeFileSync(join(directory, 'not-executable'), '');
    const programs = ['there', 'not-executable', 'absent'].map((program) => ({
      program,
      package: `${program}-deb`,
    }));
    expect(missingPackages(programs, { PATH: `/nonexistent:${directory}` })).toEqual([
      'not-executable-deb',
      'absent-deb',
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a package without a program is missing when its file is', () => {
  const files = ['/', '/nonexistent/file'].map((file) => ({ file, package: `${file}-deb` }));
  expect(missingPackages(files, { PATH: '' })).toEqual(['/nonexistent/file-deb']);
});
