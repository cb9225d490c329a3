import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeQuery } from '../../src/query/complete.ts';
import { type LogonFacts, logonFields } from '../../src/query/logon-fields.ts';
import { parseQuery } from '../../src/query/query.ts';

const row: LogonFacts = {
  user: 'alice',
  domain: 'CORP',
  ip: '10.1.2.3',
  workstation: 'PC 7',
  groups: ['CORP/SALES', 'CORP/VPN USERS'],
  session: 0,
  portRanges: [],
  connector: 'corp',
  server: 'dc01:8000',
  logonTime: 0,
  stale: false,
  expiresAt: null,
};
const rows = [row, { ...row, user: 'bob', workstation: '"-x' }];

test.each([
  ['us', ['user:']],
  ['bob -st', ['bob -status:']],
  ['(s', ['(source:', '(session:', '(status:']],
  ['user:', ['user:alice', 'user:bob']],
  ['user:=B', ['user:=bob']],
  ['status:', ['live', 'stale', 'overlap', 'reused', 'replaced'].map((each) => `status:${each}`)],
  ['x or group:corp/v', ['x or group:"CORP/VPN USERS"']],
  ['group:"corp/v', ['group:"CORP/VPN USERS"']],
  ['ws:', ['ws:"""-x"', 'ws:"PC 7"']],
  ['age:<', ['age:<10m']],
  ['nothing:', []],
  ['zzz', []],
])('%j is completed to %j', (typed, completions) => {
  expect(completeQuery(typed, logonFields, rows, 0)).toEqual(completions);
});

test('after = only what can be the very value is offered', () => {
  for (const completed of completeQuery('age:=', logonFields, rows, 0))
    expect(parseQuery(completed, logonFields)).toMatchObject({ ok: true });
  expect(completeQuery('status:=li', logonFields, rows, 0)).toEqual(['status:=live']);
});

test('every completion begins as what was typed, and a completed value is understood', () => {
  const typed = fc
    .array(fc.constantFrom('user:', 'group:', 'ws:', 'status:', 'age:', 'ip:', 'a', '"', ' ', '-', '=', 'or'))
    .map((all) => all.join(''));
  fc.assert(
    fc.property(typed, (text) => {
      for (const completed of completeQuery(text, logonFields, rows, 0)) {
        const before = text.slice(0, text.lastIndexOf(' ') + 1);
        if (!text.includes('"')) expect(completed.startsWith(before)).toBe(true);
        if (parseQuery(text.replace(/\S*$/, 'a'), logonFields).ok && !completed.endsWith(':'))
          expect(parseQuery(completed, logonFields)).toMatchObject({ ok: true });
      }
    }),
  );
});
