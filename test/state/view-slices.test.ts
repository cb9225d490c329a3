import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byIdAlone, comparing } from '../../src/state/order.ts';
import { createRows } from '../../src/state/rows.ts';
import { createView, reorderPauseMs, type ViewDefinition } from '../../src/state/view.ts';
import { HurriedClock } from '../support/hurried-clock.ts';

interface Item {
  readonly id: string;
  name: string;
  value: number;
}

const definition: ViewDefinition<Item> = {
  fields: {
    name: { kind: 'text', help: 'name', of: (row) => row.name },
    value: { kind: 'number', help: 'value', of: (row) => row.value },
  },
  compare: {
    name: { key: (row) => row.name },
    value: { key: (row) => row.value },
  },
  sort: { column: 'name', direction: 'up' },
};

const item = (each: number): Item => ({
  id: `r${String(each).padStart(5, '0')}`,
  name: `n${(each * 7_919) % 10_007}`,
  value: each % 97,
});

/** Each look at the clock takes 5 ms of a slice of 8: every slice is one or two steps. */
function large(count: number) {
  const clock = new HurriedClock(5);
  const rows = createRows<Item>(clock);
  for (let each = 0; each < count; each += 1) rows.put(item(each));
  rows.flush();
  const view = createView(rows, definition, clock);
  const settle = (): void => {
    for (let slices = 0; view.progress !== null && slices < 10_000; slices += 1) clock.advance(1);
    expect(view.progress).toBeNull();
  };
  return { clock, rows, view, settle };
}

test('a sort of many rows goes on in slices: meanwhile the old order stays, and the new one comes whole', () => {
  const { clock, view, settle } = large(6_000);
  const before = view.slice(0, 50);
  view.setSort('value', 'down');
  expect(view.progress).toEqual({ work: 'sort', share: null });
  expect(view.sort).toEqual({ column: 'value', direction: 'down' });
  clock.advance(1);
  expect(view.slice(0, 50)).toEqual(before);
  settle();
  expect(view.slice(0, 3).map((row) => row.value)).toEqual([96, 96, 96]);
  expect(view.matched).toBe(6_000);
});

test('the next key does not wait for a sort: another column begins anew, the old one ends it', () => {
  const { clock, view, settle } = large(6_000);
  const last = view.at(5_999);
  view.setSort('value', 'up');
  view.setSort('name', 'down');
  expect(view.progress).toBeNull();
  expect(clock.waiting).toBe(0);
  expect(view.at(0)).toEqual(last);
  view.setSort('value', 'up');
  settle();
  expect(view.at(0)?.value).toBe(0);
});

test('a filter shows the first matching rows at once and the others as they are found', () => {
  const { clock, view, settle } = large(6_000);
  expect(view.setFilter('1')).toBeNull();
  const first = view.matched;
  expect(first).toBeGreaterThan(0);
  expect(view.progress?.work).toBe('filter');
  expect(view.progress?.share).toBeGreaterThan(0);
  const shown = view.slice(0, 20);
  for (let slices = 0; view.matched === first && slices < 100; slices += 1) clock.advance(1);
  expect(view.matched).toBeGreaterThan(first);
  settle();
  expect(view.slice(0, 20)).toEqual(shown);
});

test('with the order turned, the rows that are seen are found first', () => {
  const { view, settle } = large(6_000);
  view.setSort('name', 'down');
  view.setFilter('9');
  const shown = view.slice(0, 20).map((row) => row.name);
  settle();
  expect(view.slice(0, 20).map((row) => row.name)).toEqual(shown);
});

test('a letter more while the filter still looks at rows misses none', () => {
  const { clock, view, settle } = large(6_000);
  view.setFilter('1');
  clock.advance(1);
  view.setFilter('12');
  settle();
  const wanted = Array.from({ length: 6_000 }, (_, each) => item(each)).filter(({ name }) =>
    name.includes('12'),
  );
  expect(view.matched).toBe(wanted.length);
  view.setFilter('123');
  settle();
  expect(view.matched).toBe(wanted.filter(({ name }) => name.includes('123')).length);
});

test('a closed view leaves no timer', () => {
  const { clock, view } = large(6_000);
  view.setSort('value', 'up');
  view.setFilter('1');
  view.close();
  expect(clock.waiting).toBe(0);
});

const count = 2_600;
const step = fc.oneof(
  fc.record({
    op: fc.constant('put' as const),
    each: fc.nat(count + 200),
    name: fc.constantFrom('n1', 'n12', 'x'),
  }),
  fc.record({ op: fc.constant('remove' as const), each: fc.nat(count) }),
  fc.record({ op: fc.constant('put-many' as const), from: fc.nat(count + 200), some: fc.nat(900) }),
  fc.record({ op: fc.constant('flush' as const), pause: fc.constantFrom(0, 400, 1_000) }),
  fc.record({ op: fc.constant('flush-some' as const), quiet: fc.boolean() }),
  fc.record({ op: fc.constant('slice' as const) }),
  fc.record({
    op: fc.constant('sort' as const),
    column: fc.constantFrom('name', 'value'),
    direction: fc.constantFrom('up' as const, 'down' as const),
  }),
  fc.record({
    op: fc.constant('filter' as const),
    text: fc.constantFrom('', '1', '12', 'x', '-1', 'value:3'),
  }),
);

const matches: Record<string, (row: Item) => boolean> = {
  '': () => true,
  '1': (row) => row.name.includes('1'),
  '12': (row) => row.name.includes('12'),
  x: (row) => row.name.includes('x'),
  '-1': (row) => !row.name.includes('1'),
  'value:3': (row) => row.value === 3,
};

test('whatever changes while it sorts and filters, in the end it is what doing all anew would give', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, rows, view, settle } = large(count);
      const model = new Map(Array.from({ length: count }, (_, each) => [item(each).id, item(each)]));
      let sort = definition.sort;
      let filter = '';
      for (const each of steps) {
        if (each.op === 'put') {
          const row = { ...item(each.each), name: each.name };
          rows.put(row);
          model.set(row.id, row);
        } else if (each.op === 'put-many') {
          for (let at = each.from; at < each.from + each.some; at += 1) {
            const row = { ...item(at), name: `n${at % 50}` };
            rows.put(row);
            model.set(row.id, row);
          }
        } else if (each.op === 'remove') {
          rows.remove(item(each.each).id);
          model.delete(item(each.each).id);
        } else if (each.op === 'flush') {
          clock.advance(each.pause);
          rows.flush();
        } else if (each.op === 'flush-some') {
          rows.flush({ deadline: clock.now(), quiet: each.quiet });
        } else if (each.op === 'slice') {
          clock.advance(1);
        } else if (each.op === 'sort') {
          sort = { column: each.column, direction: each.direction };
          view.setSort(each.column, each.direction);
        } else {
          filter = each.text;
          view.setFilter(each.text);
        }
      }
      settle();
      rows.flush();
      clock.advance(reorderPauseMs);
      rows.flush();
      const wanted = [...model.values()]
        .filter(matches[filter] ?? (() => true))
        .toSorted(comparing(definition.compare[sort.column] ?? byIdAlone));
      if (sort.direction === 'down') wanted.reverse();
      expect(view.slice(0, count * 2)).toEqual(wanted);
      expect(view.total).toBe(model.size);
      view.close();
    }),
    { numRuns: 20 },
  );
});

test('a flush of very many rows stops at its deadline, and the rest comes with the next ones', () => {
  const clock = new HurriedClock(5);
  const rows = createRows<Item>(clock);
  const view = createView(rows, definition, clock);
  for (let each = 0; each < 5_000; each += 1) rows.put(item(each));
  let told = 0;
  view.version.subscribe(() => {
    told += 1;
  });
  rows.flush({ deadline: clock.now() + 12 });
  expect(rows.unfinished).toBe(true);
  expect(rows.size).toBeGreaterThan(0);
  expect(rows.size).toBeLessThan(5_000);
  expect(told).toBeGreaterThan(0);
  told = 0;
  for (let more = 0; rows.unfinished && more < 100; more += 1)
    rows.flush({ deadline: clock.now(), quiet: true });
  expect(view.total).toBe(5_000);
  expect(told).toBe(0);
  rows.flush();
  expect(told).toBe(1);
});

test('the rows of a flush of very many find their places together, and no further row comes before they have', () => {
  const clock = new HurriedClock(5);
  const rows = createRows<Item>(clock);
  const view = createView(rows, definition, clock);
  for (let each = 0; each < 3_000; each += 1) rows.put(item(each));
  rows.flush({ deadline: clock.now() });
  while (rows.pending > 0) rows.flush({ deadline: clock.now(), quiet: true });
  expect([rows.size, view.total, rows.unfinished]).toEqual([3_000, 0, true]);
  rows.remove(item(7).id);
  rows.put({ ...item(8), name: 'new' });
  rows.put(item(3_001));
  while (view.total < 3_000) {
    rows.flush({ deadline: clock.now() });
    expect(rows.pending).toBe(3);
  }
  expect(rows.get(item(8).id)).toEqual(item(8));
  rows.flush();
  clock.advance(reorderPauseMs);
  rows.flush();
  expect(view.indexOf(item(7).id)).toBe(-1);
  expect(view.at(view.indexOf(item(8).id))?.name).toBe('new');
  expect(view.total).toBe(3_000);
});

test('many rows that all change their place are moved in parts', () => {
  const { clock, rows, view } = large(5_000);
  rows.put({ ...item(0), name: 'n' });
  rows.flush();
  const before = view.slice(0, 50).map((row) => row.id);
  for (let each = 0; each < 5_000; each += 1) rows.put({ ...item(each), name: `a${each}` });
  rows.flush();
  expect(view.slice(0, 50).map((row) => row.id)).toEqual(before);
  clock.advance(reorderPauseMs);
  rows.flush({ deadline: clock.now() });
  expect(rows.unfinished).toBe(true);
  for (let more = 0; rows.unfinished && more < 100; more += 1)
    rows.flush({ deadline: clock.now(), quiet: true });
  expect(rows.unfinished).toBe(false);
  expect(view.slice(0, 5_000).map((row) => row.name)).toEqual(
    Array.from({ length: 5_000 }, (_, each) => `a${each}`).toSorted(),
  );
});
