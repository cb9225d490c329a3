import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { safeText } from '../../safe-text.ts';
import { type Skin, type SkinName, skins, type TonedProps } from './theme.ts';

const plain = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
const modifiers: Readonly<Record<string, TonedProps>> = {
  bold: { bold: true },
  dim: { dimColor: true },
  italic: { italic: true },
  underline: { underline: true },
  inverse: { inverse: true },
};
// Only the sixteen of the terminal, so that its palette decides and every terminal has them.
const colours: ReadonlyMap<string, string> = new Map(
  plain.flatMap((name) => [
    [name, name],
    [`bright-${name}`, `${name}Bright`],
  ]),
);
const expected = `expected words of ${plain.join(', ')}, bright- and one of these, on- and one of these, ${Object.keys(modifiers).join(', ')}`;

/** Where a role of a skin stands: a tone, or the row under the cursor. */
const roles = [...Object.keys(skins.ansi.tones), 'cursor'];

/**
 * Reads a skin: `base: bright` and a line of words for each role that differs from it, such as `good: bright-green bold`.
 * @returns the skin, or a line for each mistake, with the place in the file
 */
export function readSkin(text: string, name: string): { skin: Skin } | { mistakes: readonly string[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const mistakes: string[] = [];
  const tell = (offset: number, what: string): void => {
    const { line, col } = counter.linePos(offset);
    mistakes.push(`${safeText(name)}:${line}:${col}: ${safeText(what)}`);
  };
  for (const error of [...document.errors, ...document.warnings])
    tell(error.pos[0], `not valid YAML: ${error.message}`);
  if (mistakes.length > 0) return { mistakes };
  if (!isMap(document.contents)) {
    tell(0, `expected a map of roles: ${roles.join(', ')}`);
    return { mistakes };
  }
  let base: SkinName = 'ansi';
  const changed: Record<string, TonedProps> = {};
  for (const { key, value } of document.contents.items) {
    const role = isScalar(key) ? String(key.value) : '';
    const at = isScalar(key) && key.range ? key.range[0] : 0;
    const said = isScalar(value) && typeof value.value === 'string' ? value.value : null;
    if (role === 'base') {
      if (said !== null && said in skins) base = said as SkinName;
      else tell(at, `base: expected one of ${Object.keys(skins).join(', ')}`);
    } else if (!roles.includes(role))
      tell(at, `${role}: there is no such role, expected one of base, ${roles.join(', ')}`);
    else if (said === null) tell(at, `${role}: ${expected}; plain for none`);
    else {
      const read = readStyle(said);
      if (typeof read === 'string') tell(at, `${role}: found "${read}", ${expected}; plain for none`);
      else changed[role] = read;
    }
  }
  if (mistakes.length > 0) return { mistakes };
  const { cursor = skins[base].cursor, ...tones } = changed;
  return { skin: { cursor, tones: { ...skins[base].tones, ...tones } } };
}

/** The properties that words say; the first wrong word where there is one. */
function readStyle(words: string): TonedProps | string {
  let style: TonedProps = {};
  for (const word of words.split(/\s+/).filter((each) => each !== '' && each !== 'plain')) {
    const onto = word.startsWith('on-');
    const colour = colours.get(onto ? word.slice(3) : word);
    const modifier = Object.hasOwn(modifiers, word) ? modifiers[word] : undefined;
    if (colour !== undefined) style = { ...style, [onto ? 'backgroundColor' : 'color']: colour };
    else if (modifier) style = { ...style, ...modifier };
    else return word;
  }
  return style;
}
