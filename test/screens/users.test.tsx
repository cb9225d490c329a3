import { expect, test } from 'vitest';
import type { LogonRow } from '../../src/state/changes.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { collector, logon, start } from '../support/rows.ts';

const minute = 60_000;

const anna: NonNullable<LogonRow['before']> = {
  user: 'ANNA',
  domain: 'CORP',
  workstation: 'WS-0007',
  server: '10.0.0.12:8000',
  receivedAt: start - 9 * minute,
  endedAt: start - 3 * minute,
  how: 'overwritten',
  reused: true,
};

const rows = [
  collector({ clockSkewMs: -7 * minute }),
  collector({ server: '10.0.0.12:8000', position: 2, active: false, state: 'standby', clockSkewMs: 1_000 }),
  logon(1, { user: 'SVC-BACKUP', server: '10.0.0.12:8000', before: anna, receivedAt: start - 3 * minute }),
  logon(2, { user: 'LATER', server: '10.0.0.12:8000', before: { ...anna, reused: false } }),
  logon(3, { user: 'TS1', ip: '10.0.0.60', session: 1, portRanges: [[1224, 1423]], overlaps: [2] }),
  logon(4, { user: 'SIX', server: '10.0.0.12:8000', ip: '2001:db8::5' }),
  logon(5, { user: 'GONE', server: '10.0.0.12:8000', before: anna, stale: true, expiresAt: start + minute }),
];

async function users(filter: string) {
  const screen = await renderScreen({ columns: 120, rows: 30, changes: rows });
  await screen.press(':', ...'users', keys.enter, '/', ...filter, keys.enter);
  return screen;
}

test.each([
  [
    'user:svc',
    /SVC-BACKUP.* reused/,
    /CORP\\ANNA on WS-0007, known from 10\.0\.0\.12:8000, was replaced by SVC-BACKUP/,
  ],
  ['user:later', /LATER.* replaced/, /was replaced by LATER/],
  ['user:ts1', /TS1.* overlap/, /Ports overlap .*with session 2 of 10\.0\.0\.60/],
  ['user:six', /SIX.*2001:db8::5/, /IPv6 +read from an attribute whose meaning is assumed/],
  ['user:gone', /GONE.* stale/, /Address reused/],
  ['source:0.11', /TS1/, /Clock +of 10\.0\.0\.11:8000 is 7m behind ours/],
  ['status:overlap', /TS1.* overlap/, /Ports overlap/],
  ['status:replaced -svc', /LATER.* replaced/, /was replaced by LATER/],
  ['status:reused -status:live', /GONE.* stale/, /Address reused/],
  ['status:live svc', /SVC-BACKUP.* reused/, /Before/],
])('what is to be known of %s stands on its row, and all of it below', async (filter, row, pane) => {
  const screen = await users(filter);
  expect(screen.text()).toMatch(row);
  expect(screen.text()).toMatch(pane);
});

test('the page of a logon says who was there before, and why that matters', async () => {
  const screen = await users('user:svc');
  await screen.press(keys.enter);
  expect(screen.text()).toMatch(/Before +CORP\\ANNA on WS-0007/);
  expect(screen.text()).toMatch(/Address reused +two users within 6m/);
});
