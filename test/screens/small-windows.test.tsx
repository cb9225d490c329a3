import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connectorActions } from '../../src/backends/connector-forms.ts';
import { createTheme } from '../../src/screens/theme/theme.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { connector, connectorToAccept } from '../support/rows.ts';

// What lies over an EMS screen, in windows that change, and with pasted text of any length.
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-small-'));
const path = join(directory, 'config.yaml');
afterAll(() => rmSync(directory, { recursive: true }));

const megabyte = `\x1b[200~${'x'.repeat(1_000_000)}\x1b[201~`;
const changes = [connector({ name: 'hq' }), connectorToAccept('branch')];

async function form() {
  writeFileSync(path, 'ems:\n  - { name: hq, server: ems.example.com }\n');
  return connectorActions(path, async () => {}).openConnectorForm(null);
}

test('a megabyte that is pasted into a form is cut, and what was expected stays on the smallest screen', async () => {
  const screen = await renderScreen({ changes, form: await form(), keys: ['N'] });
  await screen.press(megabyte);
  expect(screen.text()).toMatch(/>! name +x+_/);
  await screen.resize(40, 10);
  expect(screen.text()).toContain('New EMS connector');
  expect(screen.text()).toMatch(/>! name +x+_/);
  expect(screen.text()).toContain('! expected text of 1 to 35');
  expect(screen.text().split('\n')).toHaveLength(10);
  await screen.resize(120, 40);
  expect(screen.text()).toMatch(/found "x+…?"?.*/);
});

test('what is deleted is named in the smallest window, with the field to type it', async () => {
  const screen = await renderScreen({ changes, keys: ['/', 'hq', keys.enter, 'X'] });
  await screen.resize(40, 10);
  expect(screen.text()).toContain('Delete the EMS connector hq?');
  expect(screen.text()).toMatch(/> {2}name +_ required/);
  expect(screen.text().split('\n')).toHaveLength(10);
  await screen.press(megabyte);
  expect(screen.text()).toContain('! type hq to go ahead');
  await screen.resize(20, 4);
  expect(screen.text()).toContain('Needs 40x10');
  await screen.resize(80, 24);
  expect(screen.text()).toContain('Its entry for hq.example.com:443');
});

test('a megabyte pasted after : and / is cut to a line, and a question takes none of it', async () => {
  const screen = await renderScreen({ changes });
  for (const key of [':', '/']) {
    await screen.press(key, megabyte);
    expect(screen.text()).toMatch(new RegExp(`^\\${key}x+_`, 'm'));
    await screen.press(keys.esc);
  }
  await screen.press(':', 'certificate branch', keys.enter, 'a', megabyte);
  expect(screen.text()).toContain('Accept the certificate of branch?');
  await screen.resize(40, 10);
  expect(screen.text()).toMatch(/y Accept +n Cancel/);
  expect(screen.calls).toEqual([]);
});

test.each(['c', 'b', 'i', 'd', 'e', keys.enter])(
  'the screen of %j keeps to ASCII at 40x10 and says it without colour',
  async (key) => {
    const theme = createTheme({ colour: false, ascii: true });
    const screen = await renderScreen({ columns: 40, rows: 10, theme, changes, keys: [key] });
    expect(screen.text()).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of screen.text().split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  },
);
