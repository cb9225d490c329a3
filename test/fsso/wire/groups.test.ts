import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupKey, isDistinguishedName, joinGroups, splitGroups } from '../../../src/fsso/wire/groups.ts';

test.each<[text: string, groups: string[]]>([
  ['', []],
  ['CORP/SALES', ['CORP/SALES']],
  ['CORP/DOMAIN USERS+CORP/SALES', ['CORP/DOMAIN USERS', 'CORP/SALES']],
  ['+CORP/SALES++CORP/IT+', ['CORP/SALES', 'CORP/IT']],
  ['CN=R\\+D,DC=x+CN=IT,DC=x', ['CN=R\\+D,DC=x', 'CN=IT,DC=x']],
  ['CN=a\\\\+CN=b', ['CN=a\\\\', 'CN=b']],
  ['CN=a\\,b,DC=x+CN=b', ['CN=a\\,b,DC=x', 'CN=b']],
  ['CN=a\\', ['CN=a\\']],
  ['\\+', ['\\+']],
  ['a+\\', ['a', '\\']],
  ['CN=R\\2BD+b', ['CN=R\\2BD', 'b']],
])('%j holds %j', (text, groups) => {
  expect(splitGroups(text)).toEqual(groups);
});

test('names that are written as the directory writes them come back unchanged', () => {
  const name = fc
    .array(fc.constantFrom('a', 'CN=', ',', '/', '\\+', '\\\\', '\\,', ' ', 'ü'), { minLength: 1 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(name), (groups) => {
      expect(splitGroups(joinGroups(groups))).toEqual(groups);
    }),
  );
});

test('no name can add, swallow or split another', () => {
  const name = fc.string({ unit: fc.constantFrom('a', '+', '\\', '='), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (groups) => {
      const back = splitGroups(joinGroups(groups));
      expect(back).toHaveLength(groups.length);
      expect(splitGroups(joinGroups(back))).toEqual(back);
    }),
  );
});

test('a plus in a name of many parts is escaped, and an empty name is left out', () => {
  expect(joinGroups(['CN=a+UID=1,DC=x', '', 'CORP/IT'])).toBe('CN=a\\+UID=1,DC=x+CORP/IT');
});

test.each<[group: string, isName: boolean]>([
  ['CN=Sales,DC=example', true],
  ['CN=Sales', true],
  ['CORP/SALES', false],
  ['CORP/A=B', false],
  ['SALES', false],
  ['a,CN=b', false],
  ['', false],
])('%j is a directory name: %s', (group, isName) => {
  expect(isDistinguishedName(group)).toBe(isName);
});

test('groups are compared without case', () => {
  expect(groupKey('Corp/Zürich')).toBe(groupKey('CORP/zÜRICH'));
  expect(groupKey('CORP/A')).not.toBe(groupKey('CORP/B'));
});
