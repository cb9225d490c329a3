import { expect, test } from 'vitest';
import type { ConnectorRow } from '../../../src/state/changes.ts';
import { renderScreen } from '../../support/render-screen.tsx';
import { connector, connectorToAccept, connectorUnknownCa } from '../../support/rows.ts';
import { endpoint } from '../../support/session-rows.ts';

test('a chain that has expired is not said to lack a CA, and cannot be accepted', async () => {
  const { row } = connectorUnknownCa('expired') as { row: ConnectorRow };
  const expired = connector({ ...row, chainInvalid: true });
  const screen = await renderScreen({ changes: [expired] });
  expect(screen.text()).toContain('x chain not valid');
  expect(screen.text()).not.toContain('CA not known');
  expect(screen.text()).not.toContain('I imports its CA');
  await screen.press('\r', 'a');
  expect(screen.text()).toContain('EMS needs another certificate');
  expect(screen.text()).toContain('x Not trusted: the chain is not valid');
});

test('a trusted certificate of an EMS that refuses us is not offered to be accepted', async () => {
  const failed = connector({ name: 'vm', state: 'failed', pinned: false, trusted: true });
  const screen = await renderScreen({ changes: [failed], keys: ['\r'] });
  expect(screen.text()).toContain('Not accepted yet. EMS has to answer without an error first');
  const waiting = await renderScreen({ changes: [connectorToAccept('branch')], keys: ['\r'] });
  expect(waiting.text()).toContain('then a or r');
});

test('e on a connector without endpoints says which connector has none, and why', async () => {
  const changes = [
    connectorUnknownCa('acquired'),
    connector({ name: 'hq' }),
    endpoint(1, { connector: 'other' }),
  ];
  const screen = await renderScreen({ changes, keys: ['e'] });
  expect(screen.text()).toContain('acquired has no endpoints: x CA not known');
  await screen.press('c', 'j', 'e');
  expect(screen.text()).toContain('hq told of no endpoints');
  await screen.press('\u001b');
  expect(screen.text()).not.toContain('told of no endpoints');
});

test('the labels of a question are whole, however long', async () => {
  const screen = await renderScreen({});
  const yes = { title: 'Authorise it?', yes: 'Authorise', action: () => undefined };
  screen.controller.controls.ask({
    ...yes,
    lines: [
      ['Serial number', 'FGVM01LAB0000002'],
      ['EMS', 'hq'],
    ],
  });
  await expect.poll(() => screen.text()).toContain('Serial number FGVM01LAB0000002');
  expect(screen.text()).toContain('EMS           hq');
});
