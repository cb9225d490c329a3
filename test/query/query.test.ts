import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fields, yesOrNo } from '../../src/query/fields.ts';
import { type LogonFacts, logonFields } from '../../src/query/logon-fields.ts';
import { narrows, parseQuery } from '../../src/query/query.ts';
import { type Node, printQuery, quoted } from '../../src/query/tree.ts';
import { awkwardText } from '../support/awkward-text.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const minute = 60_000;

const alice: LogonFacts = {
  user: 'Alice',
  domain: 'CORP',
  ip: '10.1.2.3',
  workstation: 'PC-7',
  groups: ['CORP/DOMAIN USERS', 'CORP/SALES'],
  session: 3,
  portRanges: [
    [1224, 1423],
    [2000, 2000],
  ],
  connector: 'corp',
  server: 'dc01.example.com:8000',
  logonTime: now - 7.5 * minute,
  stale: true,
  expiresAt: now + 2 * minute,
};

function matches(text: string, row: Partial<LogonFacts> = {}): boolean {
  const query = parseQuery(text, logonFields);
  if (!query.ok) throw new Error(query.message);
  return query.matches({ ...alice, ...row }, now);
}

describe('what a query finds of Alice', () => {
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
    ['workstation:pc-7', true],
    ['group:"domain users"', true],
    ['group:"users corp/x"', false],
    // Each group stands by itself.
    ['group:"users*sales"', false],
    ['group:*sales', true],
    ['group:=corp/sales', true],
    ['group:=sales', false],
    ['group:""', false],
    ['-group:""', true],
    ['"domain users" alice', true],
    ['-"domain users"', false],
    ['fe80::1', false],
    ['dead::beef', false],
    ['-aa:bb:cc:dd:ee:ff', true],
    // Where it comes from is asked for by name only.
    ['dc01', false],
    ['source:dc01', true],
    ['server:dc01', true],
    ['connector:=corp', true],
    ['connector:=cor', false],
    // Stars.
    ['ws:pc*', true],
    ['ws:c*', false],
    ['ws:*7', true],
    ['ws:p*-*7', true],
    ['ws:p*7*7', false],
    ['ws:*', true],
    ['ws:"pc*"', false],
    ['al*e', true],
    ['al*', true],
    ['l*', false],
    // Or, and, parentheses.
    ['bob or alice', true],
    ['bob or carol', false],
    ['alice and corp', true],
    ['bob or alice nobody', false],
    ['(bob or alice) nobody', false],
    ['(bob or alice) corp', true],
    ['-(bob or alice)', false],
    ['-(bob alice)', true],
    ['bob OR (alice (corp))', true],
    ['"or"', true],
    ['"and"', false],
    // Addresses.
    ['ip:10.1.2.3', true],
    ['ip:10.1.2.30', false],
    ['ip:10.1', true],
    ['ip:0.1', false],
    ['ip:10.1.0.0/16', true],
    ['ip:10.1.99.99/16', true],
    ['ip:10.2.0.0/16', false],
    ['ip:0.0.0.0/0', true],
    ['ip:10.1.2.3/32', true],
    ['ip:10.1.2.1-10.1.2.3', true],
    ['ip:10.1.2.4..10.1.2.9', false],
    ['ip:10.1.*', true],
    ['ip:*.3', true],
    ['ip:"1.2"', true],
    ['ip:::/0', false],
    ['ip:::ffff:10.1.2.3', true],
    ['10.1.0.0/16', true],
    ['10.2.0.0/16', false],
    // Numbers and ports.
    ['session:3', true],
    ['session:=3', true],
    ['session:>3', false],
    ['session:>=3', true],
    ['session:<4', true],
    ['session:<=2', false],
    ['session:2-4', true],
    ['session:4..5', false],
    ['port:1300', true],
    ['port:1500', false],
    ['port:1400-1999', true],
    ['port:1424-1999', false],
    ['port:>2000', false],
    ['port:>=2000', true],
    ['port:<1224', false],
    // Ages: as the table shows it, or exactly.
    ['age:<10m', true],
    ['age:>10m', false],
    ['age:7m', true],
    ['age:8m', false],
    ['age:=7m30s', true],
    ['age:>7m', true],
    ['age:<=7m', false],
    ['age:7m30s-8m', true],
    ['age:>1h or age:<1h', true],
    ['left:<5m', true],
    ['left:<0', false],
    ['left:>1m30s', true],
    ['status:stale', true],
    ['status:st', true],
    ['status:LIVE', false],
    ['-status:live', true],
    // Times are UTC.
    ['time:2026-11-22', true],
    ['time:2026-11-21', false],
    ['time:2026-11-22T09:52', true],
    ['time:2026-11-22T09:52:30Z', true],
    ['time:2026-11-22T09:52:31', false],
    ['time:<2026-11-22T09:52', false],
    ['time:<=2026-11-22T09:52', true],
    ['time:>2026-11-22T09:52', false],
    ['time:09:52', true],
    ['time:>=09:52:30', true],
    ['time:09:00..09:52', true],
    ['time:09:00..09:51', false],
  ])('%j: %j', (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  test('of a logon by IPv6, whichever way it is written', () => {
    const row = { ip: '2001:db8:0:0::1' };
    expect(matches('ip:2001:db8::1', row)).toBe(true);
    expect(matches('ip:2001:0DB8::0:1', row)).toBe(true);
    expect(matches('ip:2001:db8::/32', row)).toBe(true);
    expect(matches('ip:2001:db9::/32', row)).toBe(false);
    expect(matches('ip:::/0', row)).toBe(true);
    expect(matches('ip:0.0.0.0/0', row)).toBe(false);
    expect(matches('2001:db8::/32', row)).toBe(true);
    expect(matches('fe80::/10', { ip: 'fe80::1%eth0' })).toBe(true);
  });

  test('nothing that is not known, so that only its contrary finds it', () => {
    const row = { expiresAt: null, portRanges: [] };
    for (const text of ['left:<5m', 'left:>5m', 'port:>0']) {
      expect(matches(text, row)).toBe(false);
      expect(matches(`-${text}`, row)).toBe(true);
    }
  });

  test('an age by a clock ahead of ours is 0, as the table shows it', () => {
    expect(matches('age:0s', { logonTime: now + minute })).toBe(true);
  });
});

describe('what is wrong is said at its character', () => {
  test.each([
    ['alice colour:red', 7, 'there is no field "colour:", only user: ip: ws:'],
    ['-', 2, 'word is missing'],
    ['alice user:', 12, 'after "user:"'],
    ['group:"domain users', 7, 'not closed'],
    ['""', 1, 'word is missing'],
    ['"a"b', 4, 'blank is missing'],
    ['status:warm', 8, 'one of live, stale, overlap, reused, replaced'],
    ['status:>live', 8, 'one of live, stale, overlap, reused, replaced'],
    ['ip:10.1.0.0/33', 13, '0 to 32 bits'],
    ['ip:fe80::/129', 11, '0 to 128 bits'],
    ['ip:10.1.2.9-10.1.2.3', 13, 'ends before it begins'],
    ['ip:pc7', 4, 'an address such as'],
    ['session:two', 9, 'a whole number'],
    ['session:5-3', 9, 'ends before it begins'],
    ['age:10', 5, 'unit (s, m, h, d, w)'],
    ['age:<10y', 6, '<10m'],
    ['time:2026-02-30', 6, 'UTC'],
    ['time:25:00', 6, 'UTC'],
    ['user:<b', 6, 'not more or less'],
    ['alice or', 9, 'a word is missing'],
    ['or alice', 1, 'nothing stands before "or"'],
    ['alice or or bob', 10, 'nothing stands before "or"'],
    ['alice and', 10, 'missing after "and"'],
    ['(alice', 1, 'not closed'],
    ['()', 2, 'a word is missing'],
    [') alice', 1, 'a word is missing'],
    ['alice ) bob', 7, 'closes none'],
    ['\u{1f600} colour:red', 3, 'colour:'],
  ])('%j at %i', (text, position, reason) => {
    const query = parseQuery(text, logonFields);
    expect(query.ok).toBe(false);
    if (query.ok) return;
    expect(query.position).toBe(position);
    expect(query.message).toContain(`character ${position}:`);
    expect(query.message).toContain(reason);
    expect(query.message).not.toContain('\n');
  });

  test('very deep and very long queries are refused and not run', () => {
    expect(parseQuery('('.repeat(100_000), logonFields)).toMatchObject({ ok: false, position: 51 });
    expect(parseQuery('a '.repeat(100_000), logonFields)).toMatchObject({ ok: false, position: 1001 });
    expect(parseQuery(`${'('.repeat(50)}a${')'.repeat(50)}`, logonFields).ok).toBe(true);
  });
});

test('only fields that take words are asked for words', () => {
  const fields: Fields<{ name: string; note: string; up: boolean | null }> = {
    name: { kind: 'text', help: 'name', of: (row) => row.name },
    note: { kind: 'text', help: 'note', words: false, of: (row) => row.note },
    up: yesOrNo('up', (row) => row.up),
  };
  const find = (text: string, up: boolean | null): boolean => {
    const query = parseQuery(text, fields);
    return query.ok && query.matches({ name: 'x', note: 'yes', up }, 0);
  };
  expect(find('yes', true)).toBe(false);
  expect(find('up:yes', true)).toBe(true);
  expect(find('up:no', true)).toBe(false);
  expect(find('up:no', null)).toBe(false);
});

test('a query tells whether time alone changes what it finds', () => {
  const timed = (text: string) => parseQuery(text, logonFields).ok && parseQuery(text, logonFields);
  expect(timed('age:<10m')).toMatchObject({ timed: true });
  expect(timed('alice (bob or -left:<1m)')).toMatchObject({ timed: true });
  expect(timed('alice ip:10.0.0.0/8 time:2026-11-22')).toMatchObject({ timed: false });
  expect(timed('time:09:14')).toMatchObject({ timed: true });
});

const word = fc
  .string({ unit: fc.constantFrom(...'abcxyz0189._-*\\/"é()'), minLength: 1, maxLength: 8 })
  .filter((text) => !/^["-]|[()]|^(?:or|and)$/i.test(text));
const term = fc.oneof(
  fc.record({ field: fc.constantFrom(null, 'user', 'ws'), value: word, quoted: fc.constant(false) }),
  fc.record({
    field: fc.constantFrom(null, 'user', 'group'),
    value: fc.string({ minLength: 1 }),
    quoted: fc.constant(true),
  }),
);
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    term.map((each): Node => ({ kind: 'term', sign: null, ...each })),
    tie('tree').map((part): Node => ({ kind: 'not', part })),
    fc
      .record({
        kind: fc.constantFrom('all' as const, 'any' as const),
        parts: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
      })
      .map(
        ({ kind, parts }): Node => ({
          kind,
          parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])),
        }),
      ),
  ),
}));

test('a query that is printed and read again is the same query', () => {
  fc.assert(
    fc.property(tree, (node) => {
      const query = parseQuery(printQuery(node), logonFields);
      expect(query).toMatchObject({ ok: true, tree: node });
    }),
    { numRuns: 500 },
  );
});

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom('(', ')', '-', '"', ' ', 'or', 'and', ':', '*', '<', '>=', '=', '..', '/', '::', '%'),
    fc.constantFrom('user:', 'ip:', 'age:', 'time:', 'session:', 'port:', 'status:', 'left:', '10m', '1h'),
    fc.constantFrom('10.1.2.3', 'fe80::1', '1-2', '2026-11-22', '09:14', 'stale'),
    awkwardText,
  ),
);

test('no text makes it throw, and what is not understood has a place inside the text', () => {
  fc.assert(
    fc.property(
      pieces.map((all) => all.join('')),
      (text) => {
        const query = parseQuery(text, logonFields);
        if (query.ok) {
          expect(typeof query.matches(alice, now)).toBe('boolean');
          expect(parseQuery(printQuery(query.tree), logonFields)).toMatchObject({
            ok: true,
            tree: query.tree,
          });
        } else {
          expect(query.position).toBeGreaterThanOrEqual(1);
          expect(query.position).toBeLessThanOrEqual([...text].length + 1);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text in quotes finds itself, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (user) => {
      expect(matches(`user:=${quoted(user)}`, { user })).toBe(true);
      expect(matches(`user:${quoted(user)}`, { user: `a${user}b` })).toBe(true);
    }),
  );
});

test('a query that narrows another finds nothing that the other did not', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'alice pc7.or1'), maxLength: 12 });
  fc.assert(
    fc.property(letters, letters, (before, more) => {
      const [wide, narrow] = [parseQuery(before, logonFields), parseQuery(before + more, logonFields)];
      if (!wide.ok || !narrow.ok || !narrows(before, before + more)) return;
      expect(narrow.matches(alice, now) && !wide.matches(alice, now)).toBe(false);
    }),
  );
  expect(narrows('al', 'ali')).toBe(true);
  for (const [before, next] of [
    ['al', 'al -b'],
    ['al', 'al or b'],
    ['al', 'ice'],
    ['a', 'a*'],
    ['1', '1/8'],
  ])
    expect(narrows(before as string, next as string)).toBe(false);
});
