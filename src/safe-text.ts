// Controls, formatting (bidirectional marks among it), lone surrogates, private and unassigned characters, and all that
// is invisible by definition: whatever could move the cursor, reorder a line, hide in it or have a width that no two
// terminals agree on. They are shown spelt out, so that an admin sees that they were there.
const unsafe = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
// Nearly every name is plain ASCII, and the tables call this for each cell they draw.
const plain = /^[\x20-\x7e]*$/;

/** Characters kept of one piece of text from the network; what is longer ends in `…`. */
export const longestSafeText = 4096;

/**
 * Text from the network as it may reach a terminal, a log or a file name: one line, with every control, bidirectional
 * and invisible character written as `\x1b` or `\u{202e}`. Wide characters and letters of any script stay as they are.
 */
export function safeText(text: string): string {
  const kept = text.length > longestSafeText ? `${text.slice(0, longestSafeText)}…` : text;
  return plain.test(kept) ? kept : kept.replace(unsafe, spellOut);
}

function spellOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
