// Controls, bidirectional and invisible formatting characters: whatever could move the cursor, reorder a line or hide
// in it. Text from the network is shown with these spelt out, so that an admin sees that they were there.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matching them is the point
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is matched alone, as a code point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\p{Surrogate}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** Characters kept of one piece of text from the network; what is longer ends in `…`. */
export const longestSafeText = 4096;

/**
 * Text from the network as it may reach a terminal, a log or a file name: one line, with every control, bidirectional
 * and invisible character written as `\x1b` or `\u{202e}`. Wide characters and letters of any script stay as they are.
 */
export function safeText(text: string): string {
  const kept = text.length > longestSafeText ? `${text.slice(0, longestSafeText)}…` : text;
  return kept.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
