import type { Fields } from '../src/query/fields.ts';
import { parseQuery, type Query } from '../src/query/query.ts';
import { safeText } from '../src/safe-text.ts';
import { cellWidth } from '../src/screens/text/width.ts';
import { CommandFailure } from './cli.ts';

// Cells of the filter that are shown before and after the place that is wrong.
const before = 40;
const after = 30;

/**
 * The filter of `--filter` (docs/query.md).
 * @throws CommandFailure with the filter and a `^` below the character that is wrong
 */
export function readFilter<T>(text: string, fields: Fields<T>): Query<T> {
  const query = parseQuery(text, fields);
  if (query.ok) return query;
  throw new CommandFailure(`--${query.message}`, undefined, caret(text, query.position));
}

/** Two lines: the text around the character, counted from 1, and the mark below it. */
export function caret(text: string, position: number): [string, string] {
  const characters = [...text];
  const start = Math.max(0, position - 1 - before);
  const head = safeText(characters.slice(start, position - 1).join(''));
  const tail = safeText(characters.slice(position - 1, position - 1 + after).join(''));
  return [`  ${head}${tail}`, `  ${' '.repeat(cellWidth(head))}^`];
}
