import { expect, test } from 'vitest';
import { parseQuery } from '../../../src/query/query.ts';
import { connectorPage } from '../../../src/screens/connector/connector-lines.ts';
import { connectorColumns, connectorView } from '../../../src/screens/connectors/columns.ts';
import { connectorLines } from '../../../src/screens/connectors/connectors-screen.tsx';
import { ownKeys } from '../../../src/screens/input/key-table.ts';
import type { ConnectorRow } from '../../../src/state/changes.ts';
import { connector, start } from '../../support/rows.ts';

function row(patch: Partial<ConnectorRow>): ConnectorRow {
  const change = connector({ name: 'ems137', ...patch });
  if (change.table !== 'connectors' || change.op !== 'put') throw new Error('no connector');
  return change.row;
}
const drawn = { width: 100, now: start, ascii: false, keyOf: ownKeys.keyOf, rule: '─' };
const text = (lines: readonly (readonly { text: string }[])[]) =>
  lines.map((line) => line.map((run) => run.text).join('')).join('\n');
const both = (shown: ConnectorRow) => [
  text(connectorLines(shown, start, 100, ownKeys.keyOf)),
  text(connectorPage(shown, [], drawn)),
];

test('an entry that came from the root of the Fabric says so, and an own one does not', () => {
  const synced = { root: 'FGVM010000000001', revision: 7 };
  for (const lines of both(row({ synced }))) expect(lines).toContain('synced from FGVM010000000001 rev 7');
  for (const lines of both(row({ synced: null }))) expect(lines).not.toContain('synced');
});

test('its name carries a mark in the list, and the settings are found by the filter', () => {
  const synced = { root: 'FGVM010000000001', revision: 7 };
  const [name] = connectorColumns;
  expect(name?.text(row({ synced }), start)).toBe('^ ems137');
  expect(name?.text(row({ synced: null }), start)).toBe('ems137');
  const filter = parseQuery('settings:synced', connectorView.fields);
  expect(filter.ok && filter.matches(row({ synced }), start)).toBe(true);
  expect(filter.ok && filter.matches(row({ synced: null }), start)).toBe(false);
});
