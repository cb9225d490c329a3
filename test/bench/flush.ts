import { logonView } from '../../src/screens/users/columns.ts';
import type { LogonRow } from '../../src/state/changes.ts';
import { createRows } from '../../src/state/rows.ts';
import { createView } from '../../src/state/view.ts';
import { ratio, spread } from './statistics.ts';

const count = 300_000;
const changesPerFlush = 1_000;
const flushMs = 500;
const flushes = 60;
const windowRows = 40;

function logon(index: number, time: number): LogonRow {
  const ip = `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
  return {
    id: `corp|${ip}|0`,
    connector: 'corp',
    server: '10.0.0.9:8000',
    ip,
    session: 0,
    user: `USER${(index * 7_919) % count}`,
    domain: 'CORP',
    workstation: `PC-${index}`,
    groups: ['CORP/SALES', 'CORP/DOMAIN USERS'],
    logonTime: time,
    receivedAt: time,
    portRanges: [],
    stale: false,
    expiresAt: null,
  };
}

function timed(action: () => void): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

/** The store behind the screen of FSSO users: 2,000 changes a second at two flushes a second, sorted and filtered. */
export async function flush(): Promise<string[]> {
  let now = 0;
  const rows = createRows<LogonRow>({ now: () => now });
  for (let index = 0; index < count; index += 1) rows.put(logon(index, index));
  const view = createView(rows, logonView);
  const first = timed(() => rows.flush());
  const sort = timed(() => view.setSort('user', 'up'));
  const plain = ({ user: a }: LogonRow, { user: b }: LogonRow): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = timed(() => [...rows.values()].sort(plain));
  const filter = timed(() => view.setFilter('1'));
  const narrower = timed(() => view.setFilter('12'));
  view.setSort('age', 'up');
  const taken: number[] = [];
  for (let round = 0; round < flushes; round += 1) {
    now += flushMs;
    for (let each = 0; each < changesPerFlush; each += 1) {
      rows.put(logon((each * 397 + round * 7_919) % count, count + now + each));
    }
    taken.push(
      timed(() => {
        rows.flush();
        view.slice(0, windowRows);
      }),
    );
  }
  const perSecond = (taken.reduce((sum, each) => sum + each, 0) * 1_000) / (flushes * flushMs);
  return [
    `ms to take ${count.toLocaleString('en')} logons into the table and its order:  ${first.toFixed(0)}`,
    `ms to sort them by another column, and to filter by one letter, and by two:  ${sort.toFixed(0)}, ${filter.toFixed(0)}, ${narrower.toFixed(0)}`,
    `ms for Array.sort of the same rows by the same column, in one piece:  ${sorted.toFixed(0)} (ratio ${ratio(sort, sorted)})`,
    `ms for a flush of ${changesPerFlush.toLocaleString('en')} changed logons among them, filtered:  ${spread(taken, 1)}`,
    `share of one core at two such flushes a second:  ${(perSecond / 10).toFixed(1)} %`,
  ];
}
