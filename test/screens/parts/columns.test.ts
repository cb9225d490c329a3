import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { safeText } from '../../../src/safe-text.ts';
import { type Column, composeHeader, composeRow, fitColumns } from '../../../src/screens/parts/columns.ts';
import { awkwardText } from '../../support/awkward-text.ts';

interface Person {
  user: string;
  ip: string;
  groups: string;
  count: number;
}

const columns: Column<Person>[] = [
  { id: 'user', title: 'User', width: { min: 10, max: 24, grow: 2 }, priority: 1, text: (row) => row.user },
  { id: 'ip', title: 'Address', width: 15, priority: 1, text: (row) => row.ip },
  { id: 'ws', title: 'Workstation', width: { min: 10, max: 20 }, priority: 3, text: () => 'pc-1' },
  {
    id: 'groups',
    title: 'Groups',
    width: { min: 12, max: 60, grow: 3 },
    priority: 4,
    text: (row) => row.groups,
  },
  { id: 'server', title: 'Collector', width: { min: 14, max: 22 }, priority: 5, text: () => '10.0.0.9:8000' },
  {
    id: 'count',
    title: 'Events',
    width: 7,
    align: 'right',
    priority: 2,
    text: (row) => String(row.count),
    tone: (row) => (row.count > 100 ? 'warn' : undefined),
  },
];

const layout = (width: number): string =>
  fitColumns(columns, width)
    .map((each) => `${each.column.id}:${each.width}${each.after > 1 ? `+${each.after}` : ''}`)
    .join(' ');

test.each([
  [40, 'user:16 ip:15 count:7'],
  [60, 'user:11 ip:15 ws:11 groups:12 count:7'],
  [80, 'user:12 ip:15 ws:11 groups:15 server:15 count:7'],
  [100, 'user:18 ip:15 ws:14 groups:24 server:17 count:7'],
  [120, 'user:24 ip:15 ws:17 groups:32 server:20 count:7'],
  [160, 'user:24 ip:15 ws:20 groups:60 server:22 count:7+7'],
  [200, 'user:24 ip:15 ws:20 groups:60 server:22 count:7+47'],
])('at %d cells: %s', (width, expected) => {
  expect(layout(width)).toBe(expected);
});

test('where not even the columns of priority 1 fit, the last of them gives way', () => {
  expect(layout(20)).toBe('user:10 ip:9');
  expect(layout(8)).toBe('user:8');
  expect(layout(0)).toBe('');
});

test('of columns with one priority the last goes first', () => {
  const two = ['a', 'b', 'c'].map((id) => ({ id, title: id, width: 5, priority: 2, text: () => id }));
  expect(fitColumns(two, 11).map((each) => each.column.id)).toEqual(['a', 'b']);
});

test('a row has a run for each tone and none for each column', () => {
  const row = { user: 'ALICE', ip: '10.0.0.1', groups: '', count: 101 };
  expect(composeRow(row, fitColumns(columns, 40), 0)).toEqual([
    { text: 'ALICE            10.0.0.1        ' },
    { text: '    101', tone: 'warn' },
  ]);
  expect(composeRow({ ...row, count: 1 }, fitColumns(columns, 40), 0)).toEqual([
    { text: 'ALICE            10.0.0.1              1' },
  ]);
});

test('the header marks the column that the rows are sorted by', () => {
  const fitted = fitColumns(columns, 40);
  expect(composeHeader(fitted, { sort: { column: 'count', direction: 'down' } })).toEqual([
    { text: 'User             Address         ', tone: 'title' },
    { text: 'Events↓', tone: 'accent' },
  ]);
  const ascii = composeHeader(fitColumns(columns, 8), {
    sort: { column: 'user', direction: 'up' },
    ascii: true,
  });
  expect(ascii).toEqual([{ text: 'User^   ', tone: 'accent' }]);
});

test('whatever a peer sends, a row is exactly as wide as the line and holds nothing unsafe', () => {
  fc.assert(
    fc.property(
      awkwardText,
      awkwardText,
      awkwardText,
      fc.integer({ min: 1, max: 220 }),
      (user, ip, groups, width) => {
        const runs = composeRow({ user, ip, groups, count: user.length * 20 }, fitColumns(columns, width), 0);
        const text = runs.map((run) => run.text).join('');
        expect(stringWidth(text)).toBe(width);
        expect(safeText(text)).toBe(text);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('columns of any widths fill any line exactly', () => {
  const column = fc
    .record({
      min: fc.integer({ min: 1, max: 30 }),
      more: fc.nat(40),
      grow: fc.nat(4),
      priority: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ min, more, grow, priority }, id = 0) => ({
      id: String(id),
      title: 'Title',
      width: more === 0 ? min : { min, max: min + more, grow },
      priority,
      text: () => 'x',
    }));
  fc.assert(
    fc.property(
      fc.array(column, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 220 }),
      (some, width) => {
        const numbered = some.map((each, id) => ({
          ...each,
          id: String(id),
          priority: id === 0 ? 1 : each.priority,
        }));
        const fitted = fitColumns(numbered, width);
        expect(fitted.reduce((sum, each) => sum + each.width + each.after, 0)).toBe(width);
        expect(fitted.every((each) => each.width >= 1)).toBe(true);
      },
    ),
  );
});
