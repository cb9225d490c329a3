import { type LogonFacts, logonFields } from '../../src/query/logon-fields.ts';
import { parseQuery } from '../../src/query/query.ts';
import { spread } from './statistics.ts';

const count = 300_000;
const rounds = 15;
const now = Date.parse('2026-11-22T10:00:00Z');

function logon(index: number): LogonFacts {
  return {
    user: `USER${(index * 7_919) % count}`,
    domain: 'CORP',
    ip: `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`,
    workstation: `PC-${index}`,
    groups: ['CORP/SALES', 'CORP/DOMAIN USERS'],
    session: 0,
    portRanges: [],
    connector: 'corp',
    server: '10.0.0.9:8000',
    logonTime: now - index * 10,
    stale: false,
    expiresAt: null,
  };
}

const text = 'user:er12 age:<30m -ws:*7';

// What a person would write for that one filter.
function byHand(row: LogonFacts): boolean {
  return (
    row.user.toLowerCase().includes('er12') &&
    now - row.logonTime < 1_800_000 &&
    !row.workstation.toLowerCase().endsWith('7')
  );
}

/** A filter over 300,000 logons, beside the same test written by hand for it alone. */
export async function query(): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => logon(index));
  const parsed = parseQuery(text, logonFields);
  if (!parsed.ok) throw new Error(parsed.message);
  const taken: Record<'query' | 'hand', number[]> = { query: [], hand: [] };
  const found = { query: 0, hand: 0 };
  for (let round = -1; round < rounds; round += 1) {
    for (const [kind, test] of [
      ['query', (row: LogonFacts) => parsed.matches(row, now)],
      ['hand', byHand],
    ] as const) {
      const started = performance.now();
      let matched = 0;
      for (const row of rows) if (test(row)) matched += 1;
      if (round >= 0) taken[kind].push(performance.now() - started);
      found[kind] = matched;
    }
  }
  if (found.query !== found.hand) throw new Error(`found ${found.query}, by hand ${found.hand}`);
  const ratios = taken.query.map((each, round) => each / (taken.hand[round] as number));
  return [
    `ms to test 300,000 logons by ${text}:  ${spread(taken.query, 1)}`,
    `ms by a predicate written by hand for it:  ${spread(taken.hand, 1)}`,
    `ratio:  ${spread(ratios, 2)}`,
  ];
}
