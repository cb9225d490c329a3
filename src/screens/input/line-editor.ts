import { typedCharacter } from './keymap.ts';

/** Characters that a line of input keeps at most. */
export const longestLine = 200;

/** The line after a key, or null when the key does not edit. The end of the line is the only place where it is edited. */
export function editLine(line: string, key: string): string | null {
  if (key === 'backspace' || key === 'delete') return [...line].slice(0, -1).join('');
  if (key === 'ctrl+u') return '';
  if (key === 'ctrl+w') return line.replace(/\S*\s*$/, '');
  const character = typedCharacter(key);
  return character === null ? null : insertText(line, character);
}

/** The line with pasted or typed text at its end: one line, without controls, at most `longestLine` characters. */
export function insertText(line: string, text: string): string {
  // A long paste without brackets comes key by key: what has no room must cost nothing.
  if (line.length >= longestLine && [...line].length >= longestLine) return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: pasted text may hold them
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return [...(line + clean)].slice(0, longestLine).join('');
}
