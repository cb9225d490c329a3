import type { Key } from 'ink';

/**
 * What people press for a command, as sentences on screens write it: its first key, or `:` and its name where it has none.
 * @throws where there is no such command, which is a mistake of whoever wrote the sentence
 */
export type KeyOf = (command: string) => string;

/** Names of keys that are not characters, as bindings write them, and as they are shown to people. */
const shownNames: Record<string, string> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift+tab': 'Shift+Tab',
  backspace: 'Backspace',
  delete: 'Delete',
  space: 'Space',
};

/** A key as hints, help and docs/keys.md write it: `Ctrl+R`, `PgDn`, `g`. */
export function shownKey(name: string): string {
  const shown = shownNames[name];
  if (shown !== undefined) return shown;
  return name.startsWith('ctrl+') ? `Ctrl+${name.slice(5).toUpperCase()}` : name;
}

// What a terminal sends for these is what it sends for the other one.
const sameAs: Readonly<Record<string, string>> = {
  'ctrl+i': 'tab',
  'ctrl+m': 'enter',
  'ctrl+j': 'enter',
  'ctrl+h': 'backspace',
};

/** Keys with Ctrl that edit a line of text. */
export const editingKeys: ReadonlySet<string> = new Set(['ctrl+u', 'ctrl+w']);

/** A key as people write it in `ui.keys`, the way `shownKey` shows it; the names in any case. Or why it is none. */
export function readKey(text: string): { readonly key: string } | { readonly why: string } {
  const characters = [...text];
  if (characters.length === 1 && nameOf(text) === text) return { key: text };
  const wanted = text.toLowerCase();
  const named = Object.keys(shownNames).find((name) => shownNames[name]?.toLowerCase() === wanted);
  const key = named ?? (/^ctrl\+[a-z]$/.test(wanted) ? wanted : null);
  if (key === null)
    return {
      why: `found ${JSON.stringify(text)}, expected a character, Ctrl+A to Ctrl+Z, or one of ${Object.values(shownNames).join(', ')}`,
    };
  const other = sameAs[key];
  return other === undefined
    ? { key }
    : {
        why: `a terminal sends the same for ${shownKey(key)} as for ${shownKey(other)}: expected another key`,
      };
}

/** Keys that Ink flags, in the order in which they are tested. */
const flagged: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/**
 * The keys of one call of Ink's `useInput`, in the order in which they were pressed. A slow link delivers several in one
 * chunk (`jjj`), and Esc followed quickly by a key arrives as that key with Alt held.
 */
export function keyNames(input: string, key: Key): string[] {
  for (const [flag, name] of flagged) if (key[flag] === true) return [name];
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  if (key.ctrl) return input.length === 1 ? [`ctrl+${input === ' ' ? 'space' : input.toLowerCase()}`] : [];
  const names = [...input].map(nameOf).filter((name) => name !== null);
  return key.meta ? ['esc', ...names] : names;
}

function nameOf(character: string): string | null {
  if (character === ' ') return 'space';
  if (character === '\r' || character === '\n') return 'enter';
  if (character === '\t') return 'tab';
  if (character === '\x7f' || character === '\b') return 'backspace';
  const code = character.codePointAt(0) ?? 0;
  if (code >= 1 && code <= 26) return `ctrl+${String.fromCharCode(code + 96)}`;
  return code < 32 ? null : character;
}

/** The character that a key types into a line of text, or null where it types none. */
export function typedCharacter(name: string): string | null {
  if (name === 'space') return ' ';
  return [...name].length === 1 ? name : null;
}
