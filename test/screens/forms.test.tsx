import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connectorActions } from '../../src/backends/connector-forms.ts';
import type { FormOffer } from '../../src/state/actions.ts';
import { ctrl, keys, type RenderedScreen, renderScreen } from '../support/render-screen.tsx';
import { connector } from '../support/rows.ts';

// The forms as the configuration makes them, over screens whose actions are only noted.
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-forms-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = `ems:
  - name: ems137
    server: ems.example.com
    https-port: 8443
    fortinetone-cloud-authentication: disable
    trust-ca-cn: disable
`;

async function offer(name: string | null, text = file): Promise<FormOffer> {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, text);
  return connectorActions(path, async () => {}).openConnectorForm(name);
}

async function open(key: string, name: string | null, size = [80, 24], text = file): Promise<RenderedScreen> {
  return renderScreen({
    columns: size[0] ?? 80,
    rows: size[1] ?? 24,
    changes: [connector({ name: 'ems137' }), connector({ name: 'branch', state: 'disabled' })],
    form: await offer(name, text),
    keys: ['/', ...(name ?? ''), keys.enter, key],
  });
}

const sizes = [
  [80, 24],
  [120, 40],
];

test.each(sizes)('a new connector at %ix%i', async (columns, rows) => {
  const screen = await open('N', null, [columns ?? 80, rows ?? 24]);
  await expect(screen.text()).toMatchFileSnapshot(`pictures/form-new-${columns}x${rows}.txt`);
  await screen.press(keys.enter);
  expect(screen.text()).toContain('! name: missing, expected text of 1 to 35 characters');
});

test.each(sizes)('a wrong value is told while it is typed at %ix%i', async (columns, rows) => {
  const screen = await open('E', 'ems137', [columns ?? 80, rows ?? 24]);
  await screen.press(keys.tab, keys.tab, '9', '9');
  await expect(screen.text()).toMatchFileSnapshot(`pictures/form-error-${columns}x${rows}.txt`);
  expect(screen.text()).toContain('! found 844399, expected a whole number from 1 to 65535');
  await screen.press(keys.backspace, keys.backspace);
  expect(screen.text()).not.toContain('expected a whole number');
});

test.each(sizes)('what was changed is marked, down to the last field, at %ix%i', async (columns, rows) => {
  const screen = await open('E', 'ems137', [columns ?? 80, rows ?? 24]);
  await screen.press(keys.tab, ctrl('u'), 'new.example.com', keys.shiftTab, keys.shiftTab, '9', '0');
  await screen.press(keys.backspace, keys.backspace, keys.backspace, '60');
  await expect(screen.text()).toMatchFileSnapshot(`pictures/form-changed-${columns}x${rows}.txt`);
});

test('enter saves what was typed, the form closes, and its result is shown', async () => {
  const screen = await open('N', null);
  screen.answer = { ok: true, message: 'ems200 was added' };
  await screen.press('ems200', keys.down, '10.0.0.9', keys.enter);
  expect(screen.calls).toEqual(['openConnectorForm null', 'saveConnector null name=ems200 server=10.0.0.9']);
  expect(screen.text()).toContain('+ ems200 was added');
  expect(screen.text()).not.toContain('New EMS connector');
});

test('a save that fails leaves everything as it was typed, and says why', async () => {
  const screen = await open('N', null);
  const message = 'config.yaml: not changed: its disk is full';
  screen.answer = { ok: false, problem: { stage: 'configuration', code: null, message, cause: '', fix: [] } };
  await screen.press('ems200', keys.tab, '10.0.0.9', keys.enter);
  expect(screen.text()).toContain(`x ${message}`);
  expect(screen.text()).toContain('ems200');
  screen.answer = { ok: true, message: 'Done' };
  await screen.press(keys.enter);
  expect(screen.calls).toHaveLength(3);
  expect(screen.text()).not.toContain('New EMS connector');
});

test('a choice is chosen with Space, the arrows or its first letter, and emptied to its default', async () => {
  const screen = await open('E', 'ems137');
  await screen.press(...Array(8).fill(keys.down));
  expect(screen.text()).toMatch(/^.*> {2}trust-ca-cn +disable/m);
  await screen.press(' ');
  expect(screen.text()).toMatch(/>\* trust-ca-cn +enable/);
  await screen.press('d');
  expect(screen.text()).toMatch(/> {2}trust-ca-cn +disable/);
  await screen.press(keys.left, keys.backspace, keys.enter);
  expect(screen.calls.at(-1)).toBe(
    'saveConnector ems137 name=ems137 server=ems.example.com https-port=8443 fortinetone-cloud-authentication=disable',
  );
});

test('esc asks when something was changed, and only then', async () => {
  const screen = await open('E', 'ems137');
  await screen.press(keys.esc);
  expect(screen.text()).not.toContain('EMS connector ems137');
  await screen.press('E', 'x', keys.esc);
  expect(screen.text()).toContain('Discard what was changed? y discards it, n goes on');
  await screen.press('n', keys.backspace, 'y', keys.esc, 'y');
  expect(screen.text()).not.toContain('EMS connector ems137');
  expect(screen.calls).toEqual(['openConnectorForm ems137', 'openConnectorForm ems137']);
});

test('pasted text goes into the field in one line', async () => {
  const screen = await open('N', null);
  await screen.press('\x1b[200~ems\n200\x1b[201~');
  expect(screen.text()).toMatch(/>\* name +ems 200_/);
});

test('what all fields together break is told as such', async () => {
  const screen = await open(
    'N',
    null,
    [80, 24],
    `${file}${'  - { name: NAME, server: s }\n'.replace('NAME', 'b')}${'  - { name: c, server: s }\n'}`,
  );
  await screen.press('d', keys.tab, 's');
  expect(screen.text()).toContain('! found 4 EMS entries, expected at most 3');
});

test('deleting asks for the name typed', async () => {
  const screen = await open('X', 'ems137');
  expect(screen.text()).toContain('Delete the EMS connector ems137?');
  await screen.press('ems13', keys.enter);
  expect(screen.text()).toContain('! type ems137 to go ahead');
  expect(screen.calls).toEqual([]);
  await screen.press('7', keys.enter);
  expect(screen.calls).toEqual(['removeConnector ems137']);
});

test('disabling and enabling ask first', async () => {
  const screen = await open('D', 'ems137');
  expect(screen.text()).toContain('Disable the EMS connector ems137?');
  await screen.press('y');
  const other = await open('D', 'branch');
  expect(other.text()).toContain('Enable the EMS connector branch?');
  await other.press('y');
  expect([...screen.calls, ...other.calls]).toEqual([
    'switchConnector ems137 false',
    'switchConnector branch true',
  ]);
});

test('a configuration that cannot be changed says so at each key, and offers none of them', async () => {
  const whyFixed = 'The configuration file cannot be changed: its file system is read-only';
  const screen = await renderScreen({
    changes: [connector({ name: 'ems137' })],
    configured: { ems: 1, fsso: 1, admins: 0, fortigates: 0, whyFixed },
  });
  for (const key of ['N', 'E', 'D', 'X']) {
    await screen.press(key);
    expect(screen.text()).toContain(`${key}: ${whyFixed}`.slice(0, 70));
  }
  expect(screen.text()).not.toContain('N New');
  expect(screen.calls).toEqual([]);
});

test('a file that cannot be read is told, and no form opens', async () => {
  const screen = await open('E', 'ems137', [80, 24], 'ems: [');
  expect(screen.text()).toContain('not valid YAML');
});
