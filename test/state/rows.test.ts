import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createRows, type Flush } from '../../src/state/rows.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Item {
  readonly id: string;
  value: number;
}

test('nothing is seen before the flush, and a flush counts the version up once for all changes', () => {
  const rows = createRows<Item>(new ManualClock());
  rows.put({ id: 'a', value: 1 });
  rows.put({ id: 'b', value: 2 });
  expect([rows.size, rows.pending, rows.get('a')]).toEqual([0, 2, undefined]);
  const seen = vi.fn();
  rows.version.subscribe(seen);
  expect(rows.flush()).toBe(true);
  expect([...rows.values()]).toEqual([
    { id: 'a', value: 1 },
    { id: 'b', value: 2 },
  ]);
  expect(seen).toHaveBeenCalledTimes(1);
  expect(rows.flush()).toBe(false);
  expect(seen).toHaveBeenCalledTimes(1);
});

test('the last of many changes to one row wins, and views hear of one change', () => {
  const rows = createRows<Item>(new ManualClock());
  rows.put({ id: 'a', value: 1 });
  rows.flush();
  const flushes: Flush<Item>[] = [];
  rows.onFlush((flush) => flushes.push(flush));
  for (let value = 2; value <= 500; value += 1) rows.put({ id: 'a', value });
  rows.flush();
  expect(flushes.map((flush) => flush.changes)).toEqual([
    [{ id: 'a', before: { id: 'a', value: 1 }, after: { id: 'a', value: 500 } }],
  ]);
});

test('a row that came and went between two flushes was never there', () => {
  const rows = createRows<Item>(new ManualClock());
  rows.put({ id: 'a', value: 1 });
  rows.remove('a');
  rows.remove('never');
  expect(rows.flush()).toBe(false);
  expect(rows.size).toBe(0);
});

test('a row removed and put again between two flushes stays with its new values', () => {
  const rows = createRows<Item>(new ManualClock());
  rows.put({ id: 'a', value: 1 });
  rows.flush();
  rows.remove('a');
  rows.put({ id: 'a', value: 2 });
  rows.flush();
  expect(rows.get('a')).toEqual({ id: 'a', value: 2 });
});

test('a row is kept as it was put, so that many of them cost no copies', () => {
  const rows = createRows<Item>(new ManualClock());
  const row = { id: 'a', value: 1 };
  rows.put(row);
  rows.flush();
  expect(rows.get('a')).toBe(row);
});

function flushedInPart(count: number) {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  for (let each = 0; each < count; each += 1) rows.put({ id: String(each), value: 1 });
  rows.flush({ deadline: clock.now() });
  return { clock, rows };
}

test('what is noted while a flush goes on waits for the next one, but for rows that are still to come with it', () => {
  const { clock, rows } = flushedInPart(600);
  expect(rows.size).toBeLessThan(600);
  rows.put({ id: '0', value: 2 });
  rows.put({ id: '599', value: 2 });
  rows.put({ id: '600', value: 2 });
  while (rows.unfinished) rows.flush({ deadline: clock.now(), quiet: true });
  expect([rows.size, rows.pending]).toEqual([600, 2]);
  expect([rows.get('0')?.value, rows.get('599')?.value, rows.get('600')]).toEqual([1, 2, undefined]);
  rows.flush();
  expect([rows.get('0')?.value, rows.get('600')?.value]).toEqual([2, 2]);
});

test('whatever comes and goes between flushes, each one makes of the rows before it the rows after it', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constant('put' as const), id: fc.nat(9), value: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('remove' as const), id: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('flush' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const rows = createRows<Item>(new ManualClock());
      const model = new Map<string, number>();
      const told = new Map<string, number>();
      rows.onFlush(({ changes }) => {
        expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length);
        for (const { id, before, after } of changes) {
          expect(told.get(id)).toBe(before?.value);
          if (after === null) told.delete(id);
          else told.set(id, after.value);
        }
      });
      for (const step of [...steps, { op: 'flush' as const }]) {
        if (step.op === 'put') {
          rows.put({ id: String(step.id), value: step.value });
          model.set(String(step.id), step.value);
        } else if (step.op === 'remove') {
          rows.remove(String(step.id));
          model.delete(String(step.id));
        } else if (step.op === 'clear') {
          rows.clear();
          model.clear();
        } else {
          rows.flush();
          expect(rows.pending).toBe(0);
          expect(told).toEqual(model);
          expect(new Map([...rows.values()].map(({ id, value }) => [id, value]))).toEqual(model);
          expect(rows.size).toBe(model.size);
          for (const [id, value] of model) expect(rows.get(id)?.value).toBe(value);
        }
      }
    }),
  );
});

test('a flush that is asked for while another goes on follows it', () => {
  const { clock, rows } = flushedInPart(600);
  rows.put({ id: 'new', value: 2 });
  rows.flush({ deadline: clock.now() });
  while (rows.unfinished) rows.flush({ deadline: clock.now(), quiet: true });
  expect([rows.size, rows.pending]).toEqual([601, 0]);
});

test('a row that is still to be applied can be removed, and with all others cleared', () => {
  const { rows } = flushedInPart(600);
  rows.remove('599');
  rows.flush();
  expect(rows.size).toBe(599);
  const other = flushedInPart(600);
  other.rows.clear();
  other.rows.flush();
  expect(other.rows.size).toBe(0);
});
