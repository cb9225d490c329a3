import { expect, test } from 'vitest';
import { bindings } from '../../../src/screens/input/commands.ts';
import { readKey, shownKey } from '../../../src/screens/input/keymap.ts';
import { remapKeys, type WantedKeys } from '../../../src/screens/input/remap.ts';

function mistakes(wanted: WantedKeys): string[] {
  return remapKeys(wanted).mistakes.map(({ path, text }) => `${path.join('.')}: ${text}`);
}

test('a command has the keys that it was given, and no longer its own', () => {
  const { keys, mistakes: wrong } = remapKeys({ refresh: ['R', 'ctrl+g'] });
  expect(wrong).toEqual([]);
  expect(keys.bindingOf('R', 'users')?.command).toBe('refresh');
  expect(keys.bindingOf('ctrl+g', 'users')?.command).toBe('refresh');
  expect(keys.bindingOf('ctrl+r', 'users')).toBeUndefined();
  expect(keys.keyOf('refresh')).toBe('R');
});

test('a command without a key is reached by its name, which sentences then say', () => {
  const { keys, mistakes: wrong } = remapKeys({ freeze: [] });
  expect(wrong).toEqual([]);
  expect(keys.keyOf('freeze')).toBe(':freeze');
});

test('two commands may change their keys', () => {
  expect(mistakes({ users: 'l', collectors: 'u' })).toEqual([]);
  expect(remapKeys({ users: 'l', collectors: 'u' }).keys.bindingOf('l', 'events')?.command).toBe('users');
});

test('each mistake is one line that names what is wrong', () => {
  expect(mistakes({ refrsh: 'R' })).toEqual([
    'refrsh: there is no such command; docs/keys.md and ? list them',
  ]);
  expect(mistakes({ fsso: 'R' })).toEqual(['fsso: another name of users: use that one']);
  expect(mistakes({ refresh: ['R', 'F5'] })).toEqual([
    'refresh.1: found "F5", expected a character, Ctrl+A to Ctrl+Z, or one of Up, Down, Left, Right, PgUp, PgDn, Home, End, Enter, Esc, Tab, Shift+Tab, Backspace, Delete, Space',
  ]);
  expect(mistakes({ refresh: 'Ctrl+I' })).toEqual([
    'refresh: a terminal sends the same for Ctrl+I as for Tab: expected another key',
  ]);
  expect(mistakes({ refresh: 'u' })).toEqual(['refresh: u is a key of users too: give that another one']);
});

test('the keys that the dashboard rests on cannot be had, nor their commands others', () => {
  expect(mistakes({ refresh: ['Esc', 'Enter', 'Ctrl+C', '7'] })).toEqual([
    'refresh: Enter is a key of open too, which keeps it',
    'refresh: Esc is a key of back too, which keeps it',
    'refresh: 7 is a key of sort too, which keeps it',
    'refresh: Ctrl+C is a key of exit too, which keeps it',
  ]);
  expect(mistakes({ users: '7' })).toEqual(['users: 7 is a key of sort too, which keeps it']);
  expect(mistakes({ back: 'x', sort: 'x' })).toEqual([
    'back: its key Esc is fixed',
    'sort: its keys 1 to 9 are fixed',
  ]);
});

test('a key may be used twice where no screen has both commands, and is refused where one has', () => {
  // Accept and acknowledge share a as they come.
  expect(mistakes({ acknowledge: 'r' })).toEqual([]);
  expect(mistakes({ acknowledge: 'y' })).toEqual([
    'acknowledge: y is a key of copy too: give that another one',
  ]);
});

test('what cannot be taken back gets no lower-case letter, also none of another alphabet', () => {
  for (const { command } of bindings.filter((binding) => binding.harm))
    for (const key of ['z', 'ж'])
      expect(mistakes({ [command]: key })).toEqual([
        `${command}: ${key} is a lower-case letter, and ${command} cannot be taken back: expected an upper-case one or Ctrl and a letter`,
      ]);
  expect(mistakes({ accept: 'a', 'fail-back': 'Z' })).toEqual([]);
});

test('a key that works while text is typed is none that types or edits', () => {
  for (const key of ['z', 'Up', 'Ctrl+U', 'Ctrl+W', 'Backspace'])
    expect(mistakes({ repaint: key })).toEqual([
      'repaint: repaint works also while text is typed: expected Ctrl and a letter other than Ctrl+U and Ctrl+W',
    ]);
  expect(mistakes({ repaint: 'Ctrl+G' })).toEqual([]);
});

test('every key is read as it is shown, in any case where it has a name', () => {
  for (const key of new Set(bindings.flatMap((binding) => binding.keys))) {
    expect(readKey(shownKey(key))).toEqual({ key });
    if (shownKey(key).length > 1) expect(readKey(shownKey(key).toUpperCase())).toEqual({ key });
  }
  for (const text of ['', ' ', 'ab', '\t', '\x1b', 'ctrl+', 'ctrl+ä', 'alt+x'])
    expect(readKey(text)).toHaveProperty('why');
});
