import type { Run } from '../parts/columns.ts';
import { wrapText } from '../parts/compose-line.ts';
import { printable } from '../text/printable.ts';

// What stands before the value of a line: its indentation, and a label with the blanks after it.
const head = /^(\s*(?:[A-Z][A-Za-z ]*:\s*)?)(.*)$/;

// A value with less room than this gives up the indentation of the layout.
const narrowestValue = 24;

/**
 * The text of a certificate as lines of at most `width` cells, in the layout of `execute fctems verify`; a line that is
 * too long goes on below its own value.
 */
export function certificateLines(text: readonly string[], width: number): Run[][] {
  return text.flatMap((raw) => {
    const line = printable(raw);
    const [, wide = '', value = ''] = head.exec(line) ?? [];
    const before = wide.length + narrowestValue > width ? wide.trimStart() : wide;
    const indent = before.length;
    const wrapped = wrapText(value, Math.max(10, width - indent));
    return wrapped.map((piece, place): Run[] => {
      const start = printable(place === 0 ? before : ' '.repeat(indent));
      const label = start.trim() !== '';
      return piece === '' && !label
        ? []
        : [label ? { text: start, tone: 'muted' } : { text: start }, { text: piece }];
    });
  });
}
