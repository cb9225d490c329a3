import { expect, test } from 'vitest';
import { SecurityLog } from '../../../src/lab/windows/security-log.ts';

const write = (log: SecurityLog, count: number) => {
  for (let left = count; left > 0; left--) log.write({ id: 4768, strings: [], generated: 1000 });
};

test('an empty log has its newest record before its oldest', () => {
  const log = new SecurityLog({ computer: 'DC01' });
  expect([log.oldest, log.newest, log.count]).toEqual([1, 0, 0]);
});

test('a full log makes room for what is new, and numbers go on', () => {
  const log = new SecurityLog({ computer: 'DC01', mostRecords: 10 });
  write(log, 35);
  expect([log.oldest, log.newest, log.count]).toEqual([26, 35, 10]);
  expect(log.at(25)).toBeNull();
  expect(log.at(26)?.record).toBe(26);
  expect(log.at(35)?.record).toBe(35);
  expect(log.at(36)).toBeNull();
});

test('a log that was cleared begins again with 1', () => {
  const log = new SecurityLog({ computer: 'DC01', mostRecords: 10 });
  write(log, 35);
  log.clear();
  expect([log.oldest, log.newest]).toEqual([1, 0]);
  write(log, 1);
  expect(log.at(1)?.id).toBe(4768);
});

test('whoever listens hears of each record, until it stops', () => {
  const log = new SecurityLog({ computer: 'DC01' });
  const heard: number[] = [];
  const stop = log.onWrite(({ record }) => heard.push(record));
  write(log, 2);
  stop();
  write(log, 1);
  expect(heard).toEqual([1, 2]);
});
