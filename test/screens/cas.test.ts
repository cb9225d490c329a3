import { expect, test } from 'vitest';
import type { CaRow, StoreChange } from '../../src/state/changes.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { authority, connector, connectorUnknownCa, start } from '../support/rows.ts';

const year = 365 * 86_400_000;

function ca(subject: string, patch: Partial<CaRow> = {}): StoreChange {
  const sha256 = patch.sha256 ?? `${'5A:'.repeat(31)}5A`;
  const row = {
    id: sha256,
    subject,
    issuer: subject,
    sha256,
    validFrom: start - year,
    validTo: start + year,
  };
  return { table: 'cas', op: 'put', row: { ...row, configured: false, imported: true, ...patch } };
}

const some = [
  connector({ name: 'hq' }),
  connector({ name: 'site' }),
  connectorUnknownCa('legacy'),
  ca('CN = Example Issuing CA', { sha256: authority().sha256, issuer: 'CN = Example Root CA' }),
  ca('CN = Example Root CA', { sha256: `${'B0:'.repeat(31)}B0`, configured: true, imported: false }),
  ca('C = CA, O = Old, CN = Old CA', { validTo: start + 5.5 * 86_400_000 }),
];

test.each([
  [80, 24],
  [120, 40],
  [40, 10],
])('the installed CAs at %ix%i', async (columns, rows) => {
  const screen = await renderScreen({ columns, rows, changes: some, keys: ['i'] });
  await expect(screen.text()).toMatchFileSnapshot(`pictures/cas-${columns}x${rows}.txt`);
});

test('each CA says which connectors have a chain that leads to it', async () => {
  const screen = await renderScreen({ changes: some, keys: ['i'] });
  expect(screen.text()).toContain('Chains         of hq, site lead to it');
  // The root signed the last link of both chains, and is not part of them.
  await screen.press('j');
  expect(screen.text()).toContain('Subject        CN = Example Root CA');
  expect(screen.text()).toContain('Chains         of hq, site lead to it');
  await screen.press('j');
  expect(screen.text()).toContain('Chains         of no connector lead to it');
});

test('an imported CA is removed after a question that names who needs it; one of the configuration is not', async () => {
  const screen = await renderScreen({ changes: some, keys: ['i', 'X'] });
  expect(screen.text()).toContain('Remove this CA?');
  expect(screen.text()).toMatch(/Chains +hq, site/);
  await screen.press('n');
  expect(screen.calls).toEqual([]);
  await screen.press('X', 'y');
  expect(screen.calls).toEqual([`removeCa ${authority().sha256}`]);
  await screen.press('j', 'X');
  expect(screen.text()).toContain('! X: The configuration names it: take its file out of trust.ca there');
  expect(screen.calls).toHaveLength(1);
});

test('where none is installed the screen says how to get one, and I asks for a file', async () => {
  const screen = await renderScreen({ keys: ['i'] });
  expect(screen.text()).toContain('No CA is installed');
  await screen.press('I');
  expect(screen.text()).toContain(':import-ca _');
  await screen.press(keys.esc);
});
