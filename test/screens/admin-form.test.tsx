import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connectorActions } from '../../src/backends/connector-forms.ts';
import { ctrl, keys, type RenderedScreen, renderScreen } from '../support/render-screen.tsx';
import { connector } from '../support/rows.ts';

// Who signs in to the administrator's API, in the form of a connector over a real file.
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-admin-form-'));
const path = join(directory, 'config.yaml');
afterAll(() => rmSync(directory, { recursive: true }));

const file = `ems:
  - name: hq # ours
    server: ems.example.com
    admin:
      name: reader # only reads
      password: { env: EMS_PASSWORD }
`;

async function open(): Promise<{ screen: RenderedScreen; actions: ReturnType<typeof connectorActions> }> {
  writeFileSync(path, file);
  const actions = connectorActions(path, async () => {});
  const screen = await renderScreen({
    changes: [connector({ name: 'hq' })],
    form: await actions.openConnectorForm('hq'),
    keys: ['E', keys.end],
  });
  return { screen, actions };
}

test('the administrator is part of the form, and a password is never shown but named', async () => {
  const { screen } = await open();
  await screen.press(keys.up, keys.up);
  expect(screen.text()).toMatch(/admin\.name +reader/);
  expect(screen.text()).toMatch(/admin\.password +env EMS_PASSWORD/);
  expect(screen.text()).toContain('site of a multi-tenant EMS');
});

test('a password that is typed as itself is refused while it is typed, and not repeated', async () => {
  const { screen } = await open();
  await screen.press(keys.up, keys.up, keys.up, ctrl('u'), 'hunter2');
  expect(screen.text()).toContain('! a secret is never a literal: use { env: NAME }');
  await screen.press(keys.enter);
  expect(screen.calls).toEqual(['openConnectorForm hq']);
  await screen.press(ctrl('u'), 'file ems.txt');
  expect(screen.text()).not.toContain('never a literal');
});

test('what belongs to EMS Cloud is refused for an EMS of one’s own, at its field', async () => {
  const { screen } = await open();
  await screen.press(keys.up, 'me@example.com');
  expect(screen.text()).toContain('! is for EMS Cloud only');
});

test('what is saved keeps the comments of the file', async () => {
  const { actions } = await open();
  const offer = await actions.openConnectorForm('hq');
  if (!offer.ok) throw new Error('no form');
  const values = Object.fromEntries(offer.form.fields.map(({ key, value }) => [key, value]));
  const changed = { ...values, 'admin.name': 'writer', 'admin.password': 'command pass show ems' };
  expect(await actions.saveConnector(offer.form, changed)).toEqual({ ok: true, message: 'hq was changed' });
  expect(readFileSync(path, 'utf8')).toBe(
    file.replace('reader', 'writer').replace('{ env: EMS_PASSWORD }', '{ command: [pass, show, ems] }'),
  );
});
