import { expect, test } from 'vitest';
import { openDemo, openIdle } from '../support/dashboard.ts';

test('with NO_COLOR no colour is sent, and the row under the cursor is still marked', async () => {
  const { screen } = await openIdle({ env: { NO_COLOR: '1' } });
  screen.type('?');
  await screen.waitFor(/^> Ctrl\+R/m);
  expect(screen.raw.split('\x1b[').filter((piece) => /^[\d;]*m/.test(piece))).toEqual([]);
});

test.each([
  ['in the C locale', { LANG: 'C' }, []],
  ['with --ascii', {}, ['--ascii']],
] as const)('%s everything is drawn in ASCII', async (_, env, argv) => {
  const { screen } = await openDemo(['--scenario', 'quiet', ...argv], { columns: 120, rows: 40, env });
  for (const [keys, pattern] of [
    [':certificate branch\r', /^Certificate {2}branch/m],
    ['a', /Accept the certificate of branch\?/],
    ['nl', /^Collectors {2}3 rows/m],
    ['t', /^Event log/m],
    ['?', /^> Ctrl\+R/m],
    ['qu1/pc-fin', /rows match pc-fin/],
  ] as const) {
    screen.type(keys);
    expect(await screen.waitFor(pattern)).toMatch(/^[\x20-\x7e\n]*$/);
  }
});

test('a terminal with CI in its environment is drawn on, in colour', async () => {
  const { screen } = await openIdle({ env: { CI: 'true' } });
  expect(screen.raw.split('\x1b[').some((piece) => /^3[1-6]m/.test(piece))).toBe(true);
});
