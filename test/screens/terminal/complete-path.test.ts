import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { completePath } from '../../../src/screens/terminal/complete-path.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-complete-'));
for (const name of ['ca.pem', 'ca.der', 'other.txt', '.hidden']) writeFileSync(join(directory, name), '');
mkdirSync(join(directory, 'certs'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

test('paths are completed as they were typed, a directory with a slash', () => {
  expect(completePath(`${directory}/c`)).toEqual(
    ['ca.der', 'ca.pem', 'certs/'].map((name) => `${directory}/${name}`),
  );
  expect(completePath(`${directory}/`)).toHaveLength(4);
  expect(completePath(`${directory}/.h`)).toEqual([`${directory}/.hidden`]);
  vi.stubEnv('HOME', directory);
  expect(completePath('~/o')).toEqual(['~/other.txt']);
});

test('what cannot be listed offers nothing', () => {
  expect(completePath('/nonexistent/x')).toEqual([]);
  expect(completePath(`${directory}/ca.pem/`)).toEqual([]);
  expect(completePath('\0')).toEqual([]);
});
