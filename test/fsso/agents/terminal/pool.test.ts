import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  blocksOf,
  mergedRanges,
  rangesText,
  readPool,
  readRanges,
  systemPorts,
} from '../../../../src/fsso/agents/terminal/pool.ts';
import type { PortRange } from '../../../../src/fsso/wire/messages.ts';

test('ranges are read as Linux writes them', () => {
  expect(readRanges('8080,9148-9200')).toEqual([
    [8080, 8080],
    [9148, 9200],
  ]);
  for (const wrong of ['', 'a', '5-1', '1-70000', '1-2-3', '1,,2', '-5'])
    expect(readRanges(wrong), wrong).toBeNull();
});

test('a pool has no port below 1024', () => {
  expect(readPool('1023-2000')).toBeNull();
  expect(readPool('1024-2000')).toEqual([[1024, 2000]]);
});

test('blocks keep clear of ports that are barred, and of each other', () => {
  expect(blocksOf([[1000, 1999]], 200, [[1300, 1300]])).toEqual([
    [1000, 1199],
    [1301, 1500],
    [1501, 1700],
    [1701, 1900],
  ]);
  expect(blocksOf([[20_000, 49_000]], 200, [[32_768, 60_999]])).toHaveLength(63);
  expect(blocksOf([[20_000, 20_100]], 200, [])).toEqual([]);
});

const range = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 400 }))
  .map(([first, length]): PortRange => [first, first + length]);

test('whatever the pool: each port of it that fits a block is in one, none twice, none barred, none from elsewhere', () => {
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 5 }),
      fc.integer({ min: 1, max: 300 }),
      fc.array(range, { maxLength: 5 }),
      (pool, size, barred) => {
        const inAny = (ranges: readonly PortRange[], port: number) =>
          ranges.some(([first, last]) => first <= port && port <= last);
        const blocks = blocksOf(pool, size, barred);
        const owned = new Set<number>();
        for (const [first, last] of blocks) {
          expect(last - first + 1).toBe(size);
          for (let port = first; port <= last; port++) {
            expect(owned.has(port) || inAny(barred, port) || !inAny(pool, port)).toBe(false);
            owned.add(port);
          }
        }
        let inRow = 0;
        for (let port = 0; port < 3600; port++) {
          inRow = inAny(pool, port) && !inAny(barred, port) && !owned.has(port) ? inRow + 1 : 0;
          expect(inRow).toBeLessThan(size);
        }
      },
    ),
  );
});

test('ranges that touch or overlap are one', () => {
  expect(
    mergedRanges([
      [5, 6],
      [1, 2],
      [3, 4],
      [8, 9],
      [8, 8],
    ]),
  ).toEqual([
    [1, 6],
    [8, 9],
  ]);
  expect(
    rangesText([
      [1, 6],
      [8, 8],
    ]),
  ).toBe('1-6,8');
});

test('the ports of the system are read where it tells them, and are none elsewhere', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-ports-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(await systemPorts(directory)).toEqual({ reserved: [], ephemeral: [] });
  writeFileSync(join(directory, 'ip_local_reserved_ports'), '8080,9148-9200\n');
  writeFileSync(join(directory, 'ip_local_port_range'), '32768\t60999\n');
  expect(await systemPorts(directory)).toEqual({
    reserved: [
      [8080, 8080],
      [9148, 9200],
    ],
    ephemeral: [[32_768, 60_999]],
  });
});
