import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { type FileWatch, lookEveryMs, watchFile } from '../../src/config/watch.ts';
import { ManualClock } from '../support/manual-clock.ts';

let directory = '';
let path = '';
let seen: (string | null)[];
let watch: FileWatch | null = null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-watch-'));
  path = join(directory, 'config.yaml');
  seen = [];
  writeFileSync(path, 'one');
});
afterEach(() => {
  watch?.stop();
  rmSync(directory, { recursive: true });
});

function begin(clock: Clock): void {
  watch = watchFile(path, 'one', clock, (content) => seen.push(content?.toString() ?? null));
}
const sees = (...texts: (string | null)[]) =>
  vi.waitFor(() => expect(seen).toEqual(texts), { timeout: 10_000, interval: 10 });

// As with the system's clock, only without looking every so often: what is seen, the system reported.
const reportsOnly: Clock = { ...systemClock, every: () => ({ cancel: () => {} }) };

test('a file that an editor replaces is seen at once, again and again', async () => {
  begin(reportsOnly);
  for (const text of ['two', 'three']) {
    writeFileSync(`${path}~`, text);
    renameSync(`${path}~`, path);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(text), { timeout: 10_000, interval: 10 });
  }
  writeFileSync(path, 'in place');
  await sees('two', 'three', 'in place');
});

test('where nothing is reported, looking every so often sees it', async () => {
  const clock = new ManualClock();
  begin(clock);
  await vi.waitFor(() => expect(clock.waiting).toBeGreaterThan(0));
  writeFileSync(path, 'two');
  await vi.waitFor(
    () => {
      clock.advance(lookEveryMs);
      expect(seen).toEqual(['two']);
    },
    { timeout: 10_000, interval: 10 },
  );
});

test('a link that is swapped, as a container platform does it, is seen', async () => {
  const [first, second] = ['first', 'second'].map((name) => join(directory, name));
  for (const each of [first, second]) mkdirSync(each ?? '');
  writeFileSync(join(first ?? '', 'c'), 'one');
  writeFileSync(join(second ?? '', 'c'), 'two');
  unlinkSync(path);
  symlinkSync('first/c', path);
  begin(systemClock);
  symlinkSync('second/c', `${path}~`);
  renameSync(`${path}~`, path);
  await sees('two');
  writeFileSync(join(second ?? '', 'c'), 'three');
  await sees('two', 'three');
});

test('the same content again is no change, and a file that went is one', async () => {
  const clock = new ManualClock();
  begin(clock);
  writeFileSync(path, 'one');
  const look = () => clock.advance(lookEveryMs);
  look();
  await new Promise((turn) => setImmediate(turn));
  unlinkSync(path);
  await vi.waitFor(
    () => {
      look();
      expect(seen).toEqual([null]);
    },
    { timeout: 10_000, interval: 10 },
  );
});

test('a stopped watch leaves no timer and reports nothing', () => {
  const clock = new ManualClock();
  begin(clock);
  watch?.stop();
  expect(clock.waiting).toBe(0);
});
