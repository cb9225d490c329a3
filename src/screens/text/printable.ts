import { longestSafeText, safeText } from '../../safe-text.ts';
import stringWidth from './string-width.ts';

declare const printed: unique symbol;

/** Text that can go to the terminal. Only this file makes it, so the compiler finds a text that was forgotten. */
export type Printable = string & { readonly [printed]: true };

const plainAscii = /^[ -~]*$/;
const combining = /[\p{Mn}\p{Me}]/u;
const segmenter = new Intl.Segmenter();

// What a name of any script needs is two or three; more only serve to draw over other lines.
const mostMarks = 4;

/** Whether a text is one cell a character and needs no care. */
export function isPlainAscii(text: string): boolean {
  return plainAscii.test(text);
}

/**
 * Any text as it may stand on the screen: safe (`safeText`), composed (NFC), and without the clusters whose width
 * terminals disagree about, such as an emoji with a skin tone: their later characters are spelt out too, because a
 * line that a terminal draws longer than we counted breaks the whole screen.
 */
export function printable(text: string): Printable {
  if (isPlainAscii(text) && text.length <= longestSafeText) return text as Printable;
  // Cut before composing, so that the work is bounded; one more lets safeText see that something is missing.
  const safe = safeText(text.slice(0, longestSafeText + 1).normalize('NFC'));
  if (isPlainAscii(safe)) return safe as Printable;
  let result = '';
  for (const { segment } of segmenter.segment(safe)) result += agreed(segment);
  return result as Printable;
}

function agreed(cluster: string): string {
  const characters = [...cluster];
  const [first = '', ...others] = characters;
  if (stringWidth(first) === 0) return characters.map(spellOut).join('');
  if (others.length === 0) return cluster;
  let sum = 0;
  for (const character of characters) sum += stringWidth(character);
  if (sum === stringWidth(cluster) && others.length <= mostMarks) return cluster;
  let marks = 0;
  let result = first;
  for (const character of others) {
    const kept = combining.test(character) && marks < mostMarks;
    if (kept) marks += 1;
    result += kept ? character : spellOut(character);
  }
  return result;
}

function spellOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
