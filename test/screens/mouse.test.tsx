import { expect, test } from 'vitest';
import { MouseReader } from '../../src/screens/input/mouse.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { keys, type RenderedScreen, renderScreen } from '../support/render-screen.tsx';
import { connector, logon } from '../support/rows.ts';

const logons = (count: number): StoreChange[] =>
  Array.from({ length: count }, (_, index) =>
    logon(index + 1, { user: `user${String(index + 1).padStart(3, '0')}` }),
  );

/** Cells from 1, as terminals count. */
const click = (x: number, y: number) => `\x1b[<0;${x};${y}M\x1b[<0;${x};${y}m`;
const wheel = (down: boolean) => `\x1b[<${down ? 65 : 64};10;10M`;

/** What Ink would not hand on: the terminal layer gives it to the controller. */
async function pointed(screen: RenderedScreen, ...sequences: string[]): Promise<void> {
  for (const sequence of sequences) {
    for (const event of new MouseReader().read(sequence).events) screen.controller.point(event);
    await screen.change();
  }
}

const place = (screen: RenderedScreen, text: string): [x: number, y: number] => {
  const lines = screen.text().split('\n');
  const y = lines.findIndex((line) => line.includes(text));
  return [(lines[y] ?? '').indexOf(text) + 1, y + 1];
};
const selected = (screen: RenderedScreen) => /^> (.*)$/m.exec(screen.text())?.[1] ?? '';

test('a click chooses the row under it, in the list as it stands now', async () => {
  const screen = await renderScreen({ changes: logons(60), keys: ['u'] });
  await pointed(screen, click(...place(screen, 'user007')));
  expect(selected(screen)).toContain('user007');
  await screen.press('G');
  await pointed(screen, click(...place(screen, 'user055')));
  expect(selected(screen)).toContain('user055');
});

test('a click on a column sorts by it, and on it again the other way round', async () => {
  const screen = await renderScreen({ changes: logons(5), keys: ['u'] });
  const at = place(screen, 'Workstation');
  await pointed(screen, click(...at));
  expect(screen.text()).toContain('Workstatio↑');
  await pointed(screen, click(...at));
  expect(screen.text()).toContain('Workstatio↓');
});

test('a click on a tab shows its screen', async () => {
  const screen = await renderScreen({ changes: logons(5) });
  await pointed(screen, click(...place(screen, 'Users')));
  expect(screen.text()).toContain('[u Users]');
  await pointed(screen, click(...place(screen, 'Events')));
  expect(screen.text()).toContain('[t Events]');
  await pointed(screen, click(79, 2));
  expect(screen.text()).toContain('[t Events]');
});

test('the wheel moves a table under its cursor, a page by its lines, and help by its entries', async () => {
  const screen = await renderScreen({ changes: logons(60), keys: ['u'] });
  await pointed(screen, wheel(true));
  expect(selected(screen)).toContain('user004');
  expect(screen.text()).not.toContain('user003');
  await pointed(screen, wheel(false), wheel(false));
  expect(selected(screen)).toContain('user001');
  await screen.press('?');
  expect(screen.text()).toMatch(/1 of \d+$/m);
  await pointed(screen, wheel(true));
  expect(screen.text()).toMatch(/4 of \d+$/m);
});

test('a click on a card chooses it', async () => {
  const changes = ['a', 'b', 'c', 'd'].map((name) => connector({ name: `ems-${name}` }));
  const screen = await renderScreen({ changes, keys: ['b'] });
  await pointed(screen, click(...place(screen, 'ems-d')));
  expect(screen.text()).toMatch(/> ems-d ─/);
});

test('a click answers no question, and types nothing into a line', async () => {
  const screen = await renderScreen({ changes: logons(5), keys: ['u', 'X'] });
  expect(screen.text()).toContain('Clear');
  await pointed(screen, click(...place(screen, 'Clear')), wheel(true));
  expect(screen.calls.filter((call) => call.startsWith('clearLogons'))).toEqual([]);
  await screen.press('n', '/', ...'user');
  await pointed(screen, click(5, 6));
  await screen.press(...'002', keys.enter);
  expect(screen.text()).toContain('match user002');
});

test('beside rows, columns and tabs a click does nothing', async () => {
  const screen = await renderScreen({ changes: logons(3), keys: ['u'] });
  const before = screen.text();
  for (const [x, y] of [
    [1, 1],
    [1, 3],
    [30, 15],
    [1, 23],
    [1, 24],
    [80, 24],
  ] as const)
    await pointed(screen, click(x, y));
  expect(screen.text()).toBe(before);
});
