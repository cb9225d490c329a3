import { expect, test } from 'vitest';
import { fits, parseWql, WqlError, type WqlValue } from '../../../../src/lab/windows/wsman-server/wql.ts';

const subject = (values: Record<string, WqlValue>) => ({
  value: (name: string) => values[name],
  isA: (name: string, className: string) => name === 'TargetInstance' && className === 'Win32_NTLogEvent',
});

const holds = (where: string, values: Record<string, WqlValue>): boolean =>
  fits(parseWql(`SELECT * FROM X WHERE ${where}`).test, subject(values));

test('a query names its properties and its class', () => {
  expect(parseWql('select A, B from Win32_NTLogEvent')).toEqual({
    properties: ['A', 'B'],
    className: 'Win32_NTLogEvent',
    test: null,
  });
  expect(parseWql(' SELECT * FROM __InstanceCreationEvent WITHIN 5 ').properties).toBeNull();
});

test.each([
  ["a = 'x'", true],
  ["a = 'X'", true],
  ["a <> 'x'", false],
  ["a != 'y'", true],
  ['n > 9 AND n <= 10', true],
  ['n > 10 OR n = 10 AND n < 5', false],
  ['(n > 10 OR n = 10) AND n > 5', true],
  ['NOT n = 10', false],
  ['NOT (n = 9 OR n = 11)', true],
  ["n = '10'", true],
  ['z = NULL', true],
  ['z <> NULL', false],
  ['z < 1', false],
  ["a LIKE 'X%'", true],
  ["a LIKE '_'", true],
  ["a LIKE 'x.'", false],
  ["q = 'it\\'s \\\\'", true],
  ['t = TRUE', true],
  ["TargetInstance ISA 'Win32_NTLogEvent' AND n = 10", true],
  ["TargetInstance ISA 'Win32_Process'", false],
])('%s is %s', (where, due) => {
  expect(holds(where, { a: 'x', n: 10, z: null, q: "it's \\", t: true })).toBe(due);
});

test.each([
  '',
  'SELECT',
  'SELECT * FROM',
  'SELECT * FROM X WHERE',
  'SELECT * FROM X WHERE a',
  'SELECT * FROM X WHERE a = ',
  'SELECT * FROM X WHERE (a = 1',
  'SELECT * FROM X WHERE a = 1) ',
  "SELECT * FROM X WHERE a = 'open",
  'SELECT * FROM X; DROP',
  'DELETE FROM X',
  `SELECT * FROM X WHERE ${'('.repeat(100)}a = 1${')'.repeat(100)}`,
  `SELECT * FROM X WHERE a = '${'x'.repeat(20_000)}'`,
])('%j is no query', (text) => {
  expect(() => parseWql(text)).toThrow(WqlError);
});

test('a property that there is not is an error and no mismatch', () => {
  expect(() => holds('nowhere = 1', {})).toThrow(WqlError);
});
