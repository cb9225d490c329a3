import type { Key } from 'ink';
import { expect, test } from 'vitest';
import { keyNames, shownKey, typedCharacter } from '../../../src/screens/input/keymap.ts';

const plain = {} as Key;
const named = (patch: Partial<Key>): Key => patch as Key;

test('several keys that arrive in one chunk are taken one by one', () => {
  expect(keyNames('jjj', plain)).toEqual(['j', 'j', 'j']);
  expect(keyNames('3G/ab\r', plain)).toEqual(['3', 'G', '/', 'a', 'b', 'enter']);
  expect(keyNames('a\x7f\t \x12', plain)).toEqual(['a', 'backspace', 'tab', 'space', 'ctrl+r']);
});

test('special keys have names', () => {
  expect(keyNames('', named({ pageDown: true }))).toEqual(['pgdn']);
  expect(keyNames('', named({ tab: true, shift: true }))).toEqual(['shift+tab']);
  expect(keyNames('r', named({ ctrl: true }))).toEqual(['ctrl+r']);
  expect(keyNames('', named({ escape: true }))).toEqual(['esc']);
});

test('Esc that a slow link joined with the next key is not lost', () => {
  expect(keyNames(':', named({ meta: true }))).toEqual(['esc', ':']);
});

test('a key that Ink cannot name is no key', () => {
  expect(keyNames('', plain)).toEqual([]);
  expect(keyNames('\x00', plain)).toEqual([]);
});

test('keys are shown as a keyboard calls them', () => {
  expect(['ctrl+r', 'pgdn', 'esc', 'g', '/', 'shift+tab'].map(shownKey)).toEqual([
    'Ctrl+R',
    'PgDn',
    'Esc',
    'g',
    '/',
    'Shift+Tab',
  ]);
});

test('only characters are typed into a line', () => {
  expect(typedCharacter('space')).toBe(' ');
  expect(typedCharacter('é')).toBe('é');
  expect(typedCharacter('界')).toBe('界');
  expect(typedCharacter('enter')).toBeNull();
  expect(typedCharacter('ctrl+r')).toBeNull();
});
