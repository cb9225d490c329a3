import { expect, test } from 'vitest';
import { parseFilter } from '../src/filter.ts';

const row: Record<string, string> = {
  ip: '10.1.2.3',
  user: 'Alice',
  domain: 'CORP',
  ws: 'PC-7',
  group: 'CORP/DOMAIN USERS CORP/SALES',
};

function matches(text: string): boolean {
  const filter = parseFilter(text);
  if (!filter.ok) throw new Error(filter.message);
  return filter.matches((name) => row[name] ?? '');
}

test.each([
  ['', true],
  ['   ', true],
  ['alice', true],
  ['ALICE corp', true],
  ['alice nobody', false],
  ['pc-7', true],
  ['10.1.2', true],
  ['-bob', true],
  ['-alice', false],
  ['alice -sales', false],
  ['user:ali', true],
  ['USER:ali', true],
  ['user:corp', false],
  ['-user:corp domain:corp', true],
  ['ws:PC', true],
  ['ip:10.1', true],
  ['group:"domain users"', true],
  ['group:"users corp/x"', false],
  ['"domain users" alice', true],
  ['-"domain users"', false],
  ['fe80::1', false],
])('the filter %j gives %j for Alice', (text, expected) => {
  expect(matches(text)).toBe(expected);
});

test.each([
  ['alice colour:red', 7, 'colour:'],
  ['-', 2, 'word is missing'],
  ['alice user:', 12, 'after "user:"'],
  ['group:"domain users', 7, 'not closed'],
  ['""', 1, 'word is missing'],
  ['"a"b', 4, 'blank is missing'],
])('the filter %j is refused at character %i', (text, position, reason) => {
  const filter = parseFilter(text);
  expect(filter.ok).toBe(false);
  if (filter.ok) return;
  expect(filter.position).toBe(position);
  expect(filter.message).toContain(`character ${position}:`);
  expect(filter.message).toContain(reason);
  expect(filter.message).not.toContain('\n');
});

test('a filter over other columns looks for bare words only where it was told to', () => {
  const filter = parseFilter('up', { columns: ['name', 'note'], words: ['name'] });
  expect(filter.ok && filter.matches((name) => (name === 'note' ? 'up' : 'x'))).toBe(false);
});
