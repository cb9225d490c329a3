import { safeText } from './safe-text.ts';

/**
 * JSON as it may reach a terminal: characters that could act there are written as `\uXXXX`, so nothing is lost for a
 * program that reads it.
 */
export function safeJson(document: unknown): string {
  return `${escaped(JSON.stringify(document, null, 2))}\n`;
}

/** The same in one line, without its end. */
export function safeJsonLine(document: unknown): string {
  return escaped(JSON.stringify(document));
}

function escaped(json: string): string {
  return json.replace(/[^\x20-\x7e\n]/gu, (character) =>
    safeText(character) === character ? character : asEscapes(character),
  );
}

function asEscapes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
