import { type Printable, printable } from '../text/printable.ts';
import { cellWidth, clip } from '../text/width.ts';
import type { Run, Tone } from './columns.ts';

/** A text, not yet safe, and its tone. */
export type Piece = string | readonly [text: string, tone: Tone];

/** Pieces as one line of at most `width` cells; what does not fit is cut. Every text is made safe here. */
export function composeLine(pieces: readonly Piece[], width: number): Run[] {
  const runs: Run[] = [];
  let left = width;
  for (const piece of pieces) {
    const [raw, tone] = typeof piece === 'string' ? [piece, 'plain' as const] : piece;
    const text = clip(raw, left);
    if (text === '') continue;
    runs.push(tone === 'plain' ? { text } : { text, tone });
    left -= cellWidth(text);
  }
  return runs;
}

/** Cells of a line. */
export function lineWidth(line: readonly Run[]): number {
  return line.reduce((sum, run) => sum + cellWidth(run.text), 0);
}

/** A line with pieces at both ends, exactly `width` cells; the left end gives way. */
export function composeEnds(left: readonly Piece[], right: readonly Piece[], width: number): Run[] {
  const end = composeLine(right, width);
  const endWidth = lineWidth(end);
  const start = composeLine(left, Math.max(0, width - endWidth - (endWidth > 0 ? 1 : 0)));
  const blanks = Math.max(0, width - endWidth - lineWidth(start));
  return [...start, { text: printable(' '.repeat(blanks)) }, ...end];
}

/** A rule across the screen, with a title in it where there is one. */
export function composeRule(title: string, width: number, rule: string): Run[] {
  if (title === '') return [{ text: printable(rule.repeat(width)), tone: 'muted' }];
  const head = composeLine([[`${rule}${rule} `, 'muted'], [title, 'title'], ' '], width);
  const rest = printable(rule.repeat(Math.max(0, width - lineWidth(head))));
  return [...head, { text: rest, tone: 'muted' }];
}

/** Text, not yet safe, broken between words into lines of at most `width` cells; a longer word is broken anywhere. */
export function wrapText(text: string, width: number): Printable[] {
  if (width < 1) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (cellWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const { segment } of segmenter.segment(word)) {
      if (line !== '' && cellWidth(line + segment) > width) {
        lines.push(line);
        line = '';
      }
      line += segment;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.map(printable);
}

const segmenter = new Intl.Segmenter();
