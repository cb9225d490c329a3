import { expect, test } from 'vitest';
import { bindings } from '../../src/screens/input/commands.ts';
import { shownKey } from '../../src/screens/input/keymap.ts';
import { remapKeys, type WantedKeys } from '../../src/screens/input/remap.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { collector, connector, connectorToAccept, connectorUnknownCa, logon } from '../support/rows.ts';

const free = bindings.filter((binding) => !binding.fixed && !binding.always && binding.keys.length > 0);
// Ethiopic letters, which no sentence has and which have no lower case: there are enough for any number of commands.
const all: WantedKeys = Object.fromEntries(
  free.map(({ command }, place) => [command, String.fromCodePoint(0x1200 + place)]),
);
const given = remapKeys(all);
const keyOf = (command: string): string => String(all[command]);

test('every command that may have another key has one here', () => {
  expect(given.mistakes).toEqual([]);
});

// "x shows", "with x", "(x)", "x lists": how sentences name a key of one character, or one with Ctrl.
const named =
  /(?:^|[\s(])(Ctrl\+[A-Z]|[A-Za-z!?:/])(?= (?:shows|lists|imports|adds|asks|tries|goes|quits|accepts|rejects|authorises)\b|\))|\bwith ([A-Za-z])(?=\.| first)/gm;

test.each([
  ['connectors', [connectorToAccept()], []],
  ['a CA that is missing', [connectorUnknownCa()], []],
  ['connected', [connector({ name: 'ems137' })], []],
  ['one waits', [connector({ name: 'ems137', state: 'pending-authorization' })], []],
  ['no connector', [], []],
  ['certificate', [connectorUnknownCa()], [keys.enter]],
  ['users without a link', [collector({ state: 'tcp' as never })], [keyOf('users')]],
  ['nobody', [collector()], [keyOf('users')]],
  ['no CA', [], [keyOf('cas')]],
  ['no endpoints', [], [keyOf('endpoints')]],
  ['one connector', [connector({ name: 'ems137' })], [keyOf('details')]],
  ['frozen', [collector(), logon(1)], [keyOf('users'), keyOf('freeze')]],
  ['help', [], [keyOf('help')]],
  ['the first screen', [], [keys.esc]],
  ['a key of nothing', [], ['%']],
] as const)('with other keys no sentence names an old one: %s', async (_, changes, pressed) => {
  const screen = await renderScreen({ changes, keys: pressed, keyTable: given.keys, columns: 120, rows: 40 });
  const found = [...screen.text().matchAll(named)].map((match) => match[1] ?? match[2]);
  expect(
    found.filter((key) => free.some((binding) => binding.keys.map(shownKey).includes(key ?? ''))),
  ).toEqual([]);
});

test('the sentences that name a key are found where the keys are the usual ones', async () => {
  const screen = await renderScreen({ changes: [connectorUnknownCa()], columns: 120, rows: 40 });
  expect([...screen.text().matchAll(named)].map((match) => match[1])).toContain('I');
});

test('keys, tabs, hints and help follow the map', async () => {
  const screen = await renderScreen({
    changes: [collector(), logon(1)],
    keyTable: given.keys,
    keys: [keyOf('users')],
  });
  expect(screen.text()).toContain(`[${keyOf('users')} Users]`);
  expect(screen.text()).toContain(`${keyOf('filter')} Filter`);
  await screen.press(keyOf('help'), keyOf('down'));
  expect(screen.text()).toContain('2 of ');
  expect(screen.text()).toContain(`${keyOf('down')} ${keyOf('up')} Move`);
  await screen.press(keyOf('quit'));
  expect(screen.text()).toContain('FSSO users');
  await screen.press('u');
  expect(screen.text()).toContain(`u does nothing here; ${keyOf('help')} lists the keys`);
});
