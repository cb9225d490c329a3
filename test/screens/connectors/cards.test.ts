import { expect, test } from 'vitest';
import { cardGrid, firstCard } from '../../../src/screens/connectors/card-grid.ts';
import { cardHeights, cardLines } from '../../../src/screens/connectors/card-lines.ts';
import { lineWidth } from '../../../src/screens/parts/compose-line.ts';
import { createTheme } from '../../../src/screens/theme/theme.ts';
import type { StoreChange } from '../../../src/state/changes.ts';
import { ctrl, keys, type RenderedScreen, renderScreen } from '../../support/render-screen.tsx';
import {
  connector,
  connectorChanged,
  connectorToAccept,
  connectorUnknownCa,
  start,
} from '../../support/rows.ts';

const failed = {
  stage: 'tcp',
  code: -1,
  message: 'EMS server was not reached (timeout)',
  cause: 'Routing, DNS, a closed port or a wrong source-ip.',
  fix: ['Test the path to the server.'],
};

function three(): StoreChange[] {
  return [connector({ name: 'hq' }), connectorToAccept('branch'), connectorUnknownCa('acquired')];
}

function seven(): StoreChange[] {
  return [
    ...three(),
    connectorChanged(),
    connector({ name: 'cloud', type: 'ems-cloud', tenantId: 'c0ffee00c0ffee00c0ffee00c0ffee00' }),
    connector({ name: 'far', state: 'failed', connection: 'Failed', certificate: '', problem: failed }),
    connector({ name: 'off', state: 'disabled', chain: [], serialNumber: null, lastSuccess: null }),
  ];
}

const sizes = [
  [80, 24],
  [120, 40],
  [40, 10],
] as const;

test.each(sizes)('three and seven connectors as cards at %ix%i', async (columns, rows) => {
  for (const [name, changes] of [
    ['three', three()],
    ['seven', seven()],
  ] as const) {
    const screen = await renderScreen({ columns, rows, changes, keys: ['b'] });
    await expect(screen.text()).toMatchFileSnapshot(`../pictures/cards-${name}-${columns}x${rows}.txt`);
  }
});

test('every card says state, connection, certificate, serial number, tenant, days left and last success in words', async () => {
  const screen = await renderScreen({ changes: three(), keys: ['b'] });
  for (const said of [
    /hq ─+ \+ connected/,
    /Connection {3}Successful/,
    /Certificate {2}Authorized 730d/,
    /Serial {7}FCTEMS8822004411/,
    /Tenant {7}default site/,
    /Last success <1m ago, 12 ms/,
    /acquired ─+ x CA not known/,
    /EMS server certificate is not signed\s+by any known CA/,
  ])
    expect.soft(screen.text()).toMatch(said);
});

test.each(sizes)(
  'the cursor goes through all cards and back at %ix%i, and the key that opens a row opens it',
  async (columns, rows) => {
    const screen = await renderScreen({ columns, rows, changes: seven(), keys: ['b'] });
    const names = ['acquired', 'branch', 'cloud', 'ems137', 'far', 'hq', 'off'];
    for (const name of names) {
      expect(marked(screen)).toEqual([name]);
      await screen.press(keys.right);
    }
    expect(marked(screen)).toEqual(['off']);
    for (const name of names.toReversed()) {
      expect(marked(screen)).toEqual([name]);
      await screen.press(keys.left);
    }
    await screen.press('G', keys.left, 'd');
    expect(screen.text()).toMatch(/Connector {2}hq/);
    await screen.press(keys.esc, keys.enter);
    expect(screen.text()).toMatch(/Certificate {2}hq/);
  },
);

test('up and down go straight through the rows of cards, and stay at the first and the last', async () => {
  const screen = await renderScreen({ columns: 120, rows: 40, changes: seven(), keys: ['b'] });
  const after = async (...pressed: string[]) => {
    await screen.press(...pressed);
    return marked(screen)[0];
  };
  expect(await after('k')).toBe('acquired');
  expect(await after(keys.right, keys.down)).toBe('far');
  // The last row has one card only.
  expect(await after('j')).toBe('off');
  expect(await after('j')).toBe('off');
  expect(await after('k')).toBe('ems137');
  expect(await after('G')).toBe('off');
  expect(await after('b', keys.left)).toBeUndefined();
  expect(screen.text()).toContain('Only cards stand beside each other (b shows them)');
});

test('cards keep filter and order, and b leads back to the table', async () => {
  const screen = await renderScreen({ changes: seven(), keys: ['b', '/', ...'state:connected', keys.enter] });
  expect(screen.text()).toContain('2 of 7 rows match');
  expect(names(screen)).toEqual(['cloud', 'hq']);
  await screen.press('o');
  expect(names(screen)).toEqual(['hq', 'cloud']);
  await screen.press('/', ctrl('u'), ...'nobody', keys.enter);
  expect(screen.text()).toContain('No row matches');
  await screen.press(keys.esc, 'b');
  expect(screen.text()).toContain('Certificate       Retry');
});

test('a screen without colour and with ASCII only says the same', async () => {
  const theme = createTheme({ colour: false, ascii: true });
  const screen = await renderScreen({ theme, changes: seven(), keys: ['b'] });
  expect(screen.text()).toMatch(/^[\x20-\x7e\n]*$/);
  for (const state of ['+ connected', 'x CA not known', '! not accepted yet', 'x failed', '- disabled'])
    expect.soft(screen.text()).toContain(state);
});

test('a card is exactly as large as its place, whatever a peer says', () => {
  const wide = connector({
    name: '長い名前の接続の名前とその続き',
    serialNumber: 'A'.repeat(300),
    tenantId: '\u202e\x1b[31m'.repeat(20),
    problem: { ...failed, message: '悪い'.repeat(200) },
  });
  if (wide.table !== 'connectors' || wide.op !== 'put') throw new Error('no connector');
  for (const width of [10, 38, 60])
    for (const height of cardHeights) {
      const lines = cardLines(wide.row, { width, height, now: start, cursor: true, rule: '─' });
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(lineWidth(line)).toBe(width);
    }
});

test('the grid never leaves the window, and the card under the cursor is always in it', () => {
  for (const width of [40, 79, 80, 118, 160, 300])
    for (const height of [5, 19, 35])
      for (const count of [1, 3, 7, 40]) {
        const grid = cardGrid(count, width, height);
        expect(grid.columns * grid.width + (grid.columns - 1) * 2).toBeLessThanOrEqual(width);
        expect(grid.rows * grid.height).toBeLessThanOrEqual(height);
        for (let index = 0; index < count; index += 1)
          for (let offset = 0; offset <= index; offset += 1) {
            if (index >= offset + grid.columns * grid.rows) continue;
            const first = firstCard(offset, index, grid);
            expect(
              index >= first && index < first + grid.columns * grid.rows && first % grid.columns === 0,
            ).toBe(true);
          }
      }
});

/** Names under the cursor's mark. */
function marked(screen: RenderedScreen): string[] {
  return [...screen.text().matchAll(/(?:^| )> (\S+) ─/gm)].map((found) => found[1] ?? '');
}

/** Names of all cards, in the order of reading. */
function names(screen: RenderedScreen): string[] {
  return [...screen.text().matchAll(/(?:^| )[> ] (\S+) ─+ [+!x~-] /gm)].map((found) => found[1] ?? '');
}
