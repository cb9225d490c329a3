import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { byIdAlone, comparing } from '../../src/state/order.ts';
import { createRows } from '../../src/state/rows.ts';
import { createView, reorderPauseMs, type View, type ViewDefinition } from '../../src/state/view.ts';
import { ManualClock } from '../support/manual-clock.ts';

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
  compare: { name: { key: (row) => row.name }, value: { key: (row) => row.value } },
  sort: { column: 'name', direction: 'up' },
};

function table(...items: Item[]) {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  for (const item of items) rows.put(item);
  rows.flush();
  return { clock, rows, view: createView(rows, definition) };
}

const ids = (view: View<Item>): string[] => view.slice(0, 1_000_000).map((row) => row.id);

function counted(count: number) {
  const rows = createRows<Item>(new ManualClock());
  for (let each = 0; each < count; each += 1) rows.put({ id: `r${each}`, name: `n${each}`, value: each });
  rows.flush();
  const fields = vi.fn((row: Item) => row.name);
  const view = createView(rows, {
    ...definition,
    fields: { name: { kind: 'text', help: 'name', of: fields } },
  });
  const tested = () => fields.mock.calls.splice(0).length;
  return { view, tested };
}

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('put' as const),
      id: fc.nat(60).map(String),
      name: fc.constantFrom('ann', 'bob', 'bea', 'eve', 'ada'),
      value: fc.nat(5),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('remove' as const), id: fc.nat(60).map(String) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('sort' as const),
      column: fc.constantFrom('name', 'value'),
      direction: fc.constantFrom('up' as const, 'down' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('filter' as const),
      text: fc.constantFrom('', 'b', 'be', 'be a', 'bea', '-b', '-be', 'value:3', 'value', 'a -value:2'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('flush' as const), pause: fc.constantFrom(0, 100, 999, 1_000) }),
  },
);

function naiveFilter(text: string): (item: Item) => boolean {
  if (text === 'value:3') return (item) => item.value === 3;
  if (text === 'a -value:2') return (item) => item.name.includes('a') && item.value !== 2;
  if (text.startsWith('-')) return (item) => !item.name.includes(text.slice(1));
  return (item) => text.split(' ').every((word) => item.name.includes(word));
}

test('a view is, once it has caught up, what sorting and filtering everything anew would give', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250 }), fc.boolean(), (steps, startFull) => {
      const first = startFull
        ? Array.from({ length: 61 }, (_, each) => ({ id: String(each), name: 'bob', value: each % 6 }))
        : [];
      const { clock, rows, view } = table(...first);
      const model = new Map<string, Item>(first.map((item) => [item.id, item]));
      let sort = definition.sort;
      let filter = '';
      for (const each of steps) {
        if (each.op === 'put') {
          const item = { id: each.id, name: each.name, value: each.value };
          rows.put(item);
          model.set(item.id, item);
        } else if (each.op === 'remove') {
          rows.remove(each.id);
          model.delete(each.id);
        } else if (each.op === 'sort') {
          sort = each;
          view.setSort(each.column, each.direction);
        } else if (each.op === 'filter') {
          filter = each.text;
          expect(view.setFilter(each.text)).toBeNull();
        } else {
          clock.advance(each.pause);
          rows.flush();
          const matching = [...model.values()].filter(naiveFilter(filter));
          // The order may be late, but neither the rows nor what is in them.
          expect(view.total).toBe(model.size);
          expect(view.matched).toBe(matching.length);
          const shown = view.slice(0, 100);
          expect(shown.toSorted(comparing(byIdAlone))).toEqual(matching.toSorted(comparing(byIdAlone)));
          for (const [place, row] of shown.entries()) expect(view.indexOf(row.id)).toBe(place);
        }
      }
      clock.advance(reorderPauseMs);
      rows.flush();
      const sign = sort.direction === 'up' ? 1 : -1;
      const compare = comparing(definition.compare[sort.column] ?? byIdAlone);
      const expected = [...model.values()].filter(naiveFilter(filter)).sort((a, b) => sign * compare(a, b));
      expect(view.slice(0, 100)).toEqual(expected);
      expect([...view.values()]).toEqual(expected);
      expect(view.slice(3, 7)).toEqual(expected.slice(3, 10));
      expect(view.at(5)).toEqual(expected[5]);
      for (const item of model.values()) expect(view.indexOf(item.id)).toBe(expected.indexOf(item));
    }),
    { numRuns: 200 },
  );
});

test('rows whose key changes change places at most once a second, while their cells are new at once', () => {
  const { clock, rows, view } = table({ id: 'a', name: 'ann', value: 1 }, { id: 'b', name: 'bob', value: 2 });
  view.setSort('value', 'up');
  rows.put({ id: 'a', name: 'ann', value: 3 });
  rows.flush();
  expect(ids(view)).toEqual(['b', 'a']);
  rows.put({ id: 'b', name: 'bob', value: 9 });
  clock.advance(reorderPauseMs - 1);
  rows.flush();
  expect(ids(view)).toEqual(['b', 'a']);
  expect(view.at(0)?.value).toBe(9);
  expect(view.indexOf('b')).toBe(0);
  clock.advance(1);
  const seen = vi.fn();
  view.version.subscribe(seen);
  rows.flush();
  expect(ids(view)).toEqual(['a', 'b']);
  expect(seen).toHaveBeenCalledTimes(1);
});

test('a table in which everything moves all the time is sorted anew once a second, too', () => {
  const items = Array.from({ length: 400 }, (_, each) => ({ id: `i${each}`, name: 'x', value: each }));
  const { clock, rows, view } = table(...items);
  view.setSort('value', 'up');
  let orders = 0;
  let before = ids(view).join();
  for (let tenths = 1; tenths <= 100; tenths += 1) {
    clock.advance(100);
    for (const [place, item] of items.entries()) rows.put({ ...item, value: (place * tenths * 7_919) % 401 });
    rows.put({ id: `new${tenths}`, name: 'x', value: 1_000 });
    rows.flush();
    const now = ids(view)
      .filter((id) => id.startsWith('i'))
      .join();
    if (now !== before) orders += 1;
    before = now;
  }
  expect(orders).toBe(10);
  expect(view.matched).toBe(500);
});

test('new rows and removed ones do not wait for the order to move', () => {
  const { rows, view } = table({ id: 'b', name: 'bob', value: 2 });
  rows.put({ id: 'b', name: 'zoe', value: 2 });
  rows.flush();
  rows.put({ id: 'a', name: 'ann', value: 1 });
  rows.flush();
  expect(ids(view)).toEqual(['a', 'b']);
  rows.remove('b');
  rows.flush();
  expect(ids(view)).toEqual(['a']);
});

test('a filter that is not understood is returned and leaves the one before in force', () => {
  const { view } = table({ id: 'a', name: 'ann', value: 1 }, { id: 'b', name: 'bob', value: 2 });
  expect(view.setFilter('bo')).toBeNull();
  expect(view.setFilter('nosuch:x')).toMatchObject({ ok: false, position: 1 });
  expect([view.filter, view.matched, view.total]).toEqual(['bo', 1, 2]);
});

test('a longer word is looked for only where the shorter one was found', () => {
  const { view, tested } = counted(1_000);
  view.setFilter('n1');
  expect(tested()).toBe(1_000);
  const before = view.matched;
  view.setFilter('n12');
  expect(tested()).toBe(before);
  view.setFilter('n1');
  expect(tested()).toBe(1_000);
});

test.each([
  ['-bo', '-bob', ['ann', 'boa']],
  ['value', 'value:2', ['bob']],
  ['boa -a', 'boa -ann', ['boa']],
])('from %j to %j rows come back that did not match', (shorter, longer, names) => {
  const { view } = table(
    { id: 'a', name: 'ann', value: 1 },
    { id: 'b', name: 'bob', value: 2 },
    { id: 'c', name: 'boa', value: 3 },
  );
  view.setFilter(shorter);
  view.setFilter(longer);
  expect(view.slice(0, 9).map((row) => row.name)).toEqual(names);
});

test('a changed row is tested by the filter at its flush, also while its place is late', () => {
  const { rows, view } = table({ id: 'a', name: 'ann', value: 1 }, { id: 'b', name: 'bob', value: 2 });
  view.setFilter('-zoe');
  rows.put({ id: 'a', name: 'amy', value: 1 });
  rows.flush();
  rows.put({ id: 'a', name: 'zoe', value: 1 });
  rows.flush();
  expect(ids(view)).toEqual(['b']);
  rows.put({ id: 'a', name: 'ann', value: 1 });
  rows.flush();
  expect(ids(view)).toEqual(['a', 'b']);
});

test('a flush of a few rows among very many tests and compares only those', () => {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  for (let each = 0; each < 100_000; each += 1)
    rows.put({ id: `r${each}`, name: `n${each % 977}`, value: each });
  rows.flush();
  const fields = vi.fn((row: Item) => row.name);
  const byValue = vi.fn((row: Item) => row.value);
  const view = createView(rows, {
    ...definition,
    fields: { name: { kind: 'text', help: 'name', of: fields } },
    compare: { value: { key: byValue } },
    sort: { column: 'value', direction: 'up' },
  });
  view.setFilter('n1');
  fields.mockClear();
  byValue.mockClear();
  clock.advance(reorderPauseMs);
  for (let each = 0; each < 100; each += 1) rows.put({ id: `r${each * 31}`, name: 'n1', value: each * 17 });
  rows.flush();
  expect(fields.mock.calls.length).toBeLessThanOrEqual(200);
  expect(byValue.mock.calls.length).toBeLessThan(100 * 150);
});

test('a filter by age lets rows go as time passes, though nobody changed them', () => {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  const start = clock.now();
  rows.put({ id: 'a', name: 'ann', value: start });
  rows.put({ id: 'b', name: 'bob', value: start + 5_000 });
  rows.flush();
  const view = createView(rows, {
    ...definition,
    fields: { age: { kind: 'age', help: 'age', of: (row) => row.value } },
  });
  expect(view.setFilter('age:<10s')).toBeNull();
  expect(ids(view)).toEqual(['a', 'b']);
  const { version } = view.version.getState();
  clock.advance(10_000);
  rows.flush();
  expect(ids(view)).toEqual(['b']);
  expect(view.version.getState().version).toBeGreaterThan(version);
  clock.advance(10_000);
  rows.flush();
  expect(view.matched).toBe(0);
});

test('an order that contradicts itself shows every row once all the same', () => {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  const view = createView(rows, {
    ...definition,
    compare: { value: { key: (row) => row.value } },
    sort: { column: 'value', direction: 'up' },
  });
  for (let round = 0; round < 20; round += 1) {
    for (let each = 0; each < 50; each += 1) {
      rows.put({ id: String(each), name: 'x', value: (each * round) % 7 === 3 ? Number.NaN : each * round });
    }
    rows.remove(String(round));
    clock.advance(500);
    rows.flush();
    expect(new Set(ids(view)).size).toBe(rows.size);
    expect(view.matched).toBe(rows.size);
  }
});

test('a view that was closed hears of no more flushes', () => {
  const { rows, view } = table({ id: 'a', name: 'ann', value: 1 });
  view.close();
  rows.put({ id: 'b', name: 'bob', value: 2 });
  rows.flush();
  expect(view.total).toBe(1);
});
