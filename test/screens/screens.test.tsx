import { expect, test } from 'vitest';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { connectorToAccept, logon, normalDay } from '../support/rows.ts';
import { expectToFit, type Picture, testPictures } from '../support/screen-pictures.ts';

const cases: Picture[] = [
  { name: 'help', changes: normalDay(), keys: ['?'] },
  { name: 'question', changes: [connectorToAccept()], keys: [keys.enter, 'a'] },
  { name: 'command line', changes: normalDay(), keys: [':', 'c', 'o'] },
  { name: 'filter', changes: normalDay(), keys: ['u', '/', 'u', 's', 'e', 'r', '0', '1'] },
  { name: 'filter nothing', changes: normalDay(), keys: ['u', '/', 'x', 'y', 'z', keys.enter] },
];

testPictures(cases);

test.each([
  [40, 10],
  [60, 15],
  [200, 50],
])('every screen fits a window of %ix%i', async (columns, rows) => {
  const screen = await renderScreen({ changes: normalDay(), columns, rows });
  for (const key of ['c', keys.enter, 'u', keys.enter, 'l', 't', '?', keys.esc, ':', keys.esc, '/']) {
    await screen.press(key);
    expectToFit(screen, columns, rows);
  }
});

test('a question shows its answers in the smallest window', async () => {
  const screen = await renderScreen({
    changes: [connectorToAccept()],
    columns: 40,
    rows: 10,
    keys: [keys.enter, 'a'],
  });
  expect(screen.text()).toMatch(/y Accept\s+n Cancel[\s\S]*│/);
  expectToFit(screen, 40, 10);
});

test('a window that is too small says so and comes back when it grows', async () => {
  const screen = await renderScreen({ changes: normalDay() });
  await screen.resize(39, 24);
  expect(screen.text()).toBe('Needs 40x10, has 39x24');
  await screen.resize(80, 9);
  expect(screen.text()).toBe('Needs 40x10, has 80x9');
  await screen.resize(80, 24);
  expect(screen.text()).toContain('EMS connectors');
});

test('a megabyte that a terminal pastes without marking it runs no command, and a line takes the beginning', async () => {
  const screen = await renderScreen({ changes: [logon(1)], keys: ['u'] });
  for (let piece = 0; piece < 16; piece += 1) await screen.press('quit q\r'.repeat(8_192));
  expect(screen.calls).toEqual([]);
  expect(screen.text()).toContain('Pasted text is taken after / and : only');
  await screen.press('/', 'user '.repeat(1_000));
  expect(screen.text()).toMatch(/user user user _/);
});

test(':help filter tells how filters are written, with the fields of the table, and :help of a command finds it', async () => {
  const screen = await renderScreen({ rows: 40, changes: [logon(1)], keys: ['u'] });
  await screen.press(...':help filter', keys.enter);
  expect(screen.text()).toContain('Filters  FSSO users');
  expect(screen.text()).toMatch(/group:"VPN USERS" +quotes hold/);
  expect(screen.text()).toMatch(/ws workstation +workstation/);
  expect(screen.text()).toMatch(/status +stale while .*live\s+stale/s);
  await screen.press(keys.esc);
  expect(screen.text()).toContain('FSSO users  1 row');
  await screen.press(...':help suspend', keys.enter);
  expect(screen.text()).toMatch(/^> .*:suspend/m);
  await screen.press(keys.esc, ...':help nonsense', keys.enter);
  expect(screen.text()).toContain('There is no help about "nonsense": name a command, or filter');
});
