import { expect, test } from 'vitest';
import { byIdAlone } from '../../src/state/order.ts';
import { createRows } from '../../src/state/rows.ts';
import { createView, reorderPauseMs } from '../../src/state/view.ts';
import { follow, move, moveTo, type Place } from '../../src/state/window.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Item {
  readonly id: string;
}

const start: Place = { cursor: null, index: 0, offset: 0 };
const name = (number: number): string => `row${String(number).padStart(4, '0')}`;

function table(count: number) {
  const clock = new ManualClock();
  const rows = createRows<Item>(clock);
  for (let each = 0; each < count; each += 1) rows.put({ id: name(each * 10) });
  rows.flush();
  const view = createView(rows, {
    fields: { id: { kind: 'text', help: 'id', of: (row) => row.id } },
    compare: { id: byIdAlone },
    sort: { column: 'id', direction: 'up' },
  });
  const flush = () => {
    clock.advance(reorderPauseMs);
    rows.flush();
  };
  return { rows, view, flush };
}

test('the cursor stays on its row, and the row on its line, when rows come above it', () => {
  const { rows, view, flush } = table(100);
  const before = { cursor: name(500), index: 50, offset: 45 };
  for (let each = 1; each <= 7; each += 1) rows.put({ id: name(each) });
  flush();
  expect(follow(view, before, 10)).toEqual({ cursor: name(500), index: 57, offset: 52 });
});

test('when the row under the cursor goes, the cursor goes on with the row that took its position', () => {
  const { rows, view, flush } = table(10);
  const before = moveTo(view, start, 4, 5);
  rows.remove(name(40));
  flush();
  expect(follow(view, before, 5)).toMatchObject({ cursor: name(50), index: 4 });
});

test('when the last rows go, the cursor is on the last that is left', () => {
  const { rows, view, flush } = table(10);
  const before = moveTo(view, start, Number.POSITIVE_INFINITY, 5);
  expect(before).toEqual({ cursor: name(90), index: 9, offset: 5 });
  rows.remove(name(90));
  rows.remove(name(80));
  flush();
  expect(follow(view, before, 5)).toEqual({ cursor: name(70), index: 7, offset: 3 });
});

test('a cursor that was never moved is the first row, whichever comes', () => {
  const { rows, view, flush } = table(10);
  rows.put({ id: 'aaa' });
  flush();
  expect(follow(view, start, 5)).toBe(start);
  expect(move(view, start, 1, 5)).toEqual({ cursor: name(0), index: 1, offset: 0 });
});

test('moving stops at both ends, and the window goes along', () => {
  const { view } = table(20);
  expect(move(view, start, -3, 5)).toEqual({ cursor: name(0), index: 0, offset: 0 });
  const low = move(view, start, 7, 5);
  expect(low).toEqual({ cursor: name(70), index: 7, offset: 3 });
  expect(move(view, low, 1_000, 5)).toEqual({ cursor: name(190), index: 19, offset: 15 });
  expect(move(view, low, -4, 5)).toEqual({ cursor: name(30), index: 3, offset: 3 });
});

test('a taller window leaves no line unused', () => {
  const { view } = table(20);
  const place = moveTo(view, start, 19, 5);
  expect(follow(view, place, 12).offset).toBe(8);
  expect(follow(view, place, 50).offset).toBe(0);
});

test('in an empty table there is nothing to stand on', () => {
  const { view } = table(0);
  expect(moveTo(view, start, 3, 5)).toEqual(start);
  expect(follow(view, { cursor: 'gone', index: 4, offset: 2 }, 5)).toMatchObject({ index: 0, offset: 0 });
});
