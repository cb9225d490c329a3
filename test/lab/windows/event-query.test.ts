import { expect, test } from 'vitest';
import { recordQuery } from '../../../src/fsso/windows/even6-log.ts';
import { readEventQuery } from '../../../src/lab/windows/rpc/event-query.ts';

const record = (id: number, number: number) => ({
  ...{ id, record: number, generated: 0, written: 0, type: 8, source: '', computer: '', strings: [] },
});

test.each([
  ['*', true, true],
  ['*[System[(EventID=4768)]]', true, false],
  ['*[System[EventID = 4768 or EventID=4776]]', true, true],
  ['*[System[(EventID=4768 or EventID=4776) and (EventRecordID > 5)]]', false, true],
  [recordQuery(1, 5, [4768, 4776]), true, false],
  [recordQuery(6, 9, []), false, true],
])('%s picks out records', (query, first, second) => {
  const fits = readEventQuery(query);
  expect([fits?.(record(4768, 5)), fits?.(record(4776, 6))]).toEqual([first, second]);
});

test.each([
  '',
  'EventID=4768',
  '*[System[EventID]]',
  '*[System[(EventID=1) and Level=4]]',
  '*[EventData[x]]',
])('%s is no query that is understood', (query) => {
  expect(readEventQuery(query)).toBeNull();
});
