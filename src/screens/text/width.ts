import { isPlainAscii, type Printable, printable } from './printable.ts';
import stringWidth from './string-width.ts';

export type Align = 'left' | 'right';

/** What stands for the part that was cut off; one cell wide. */
export type Ellipsis = '…' | '~';

const segmenter = new Intl.Segmenter();
const widths = new Map<string, number>();
const mostWidths = 10_000;

/** Cells that a text takes on the terminal. */
export function cellWidth(text: string): number {
  if (isPlainAscii(text)) return text.length;
  const known = widths.get(text);
  if (known !== undefined) return known;
  const width = stringWidth(text);
  if (widths.size >= mostWidths) widths.clear();
  widths.set(text, width);
  return width;
}

/**
 * Any text, made safe for the terminal and brought to exactly `width` cells: padded, or cut between characters with an
 * ellipsis. The text may come straight from the network.
 */
export function fit(text: string, width: number, align: Align = 'left', ellipsis: Ellipsis = '…'): Printable {
  if (width <= 0) return '' as Printable;
  const safe = printable(text);
  const wide = cellWidth(safe);
  if (wide > width) return cut(safe, width, ellipsis);
  const blanks = ' '.repeat(width - wide);
  return (align === 'right' ? blanks + safe : safe + blanks) as Printable;
}

/** As `fit`, without blanks at the end when the text is short: for lines that nothing follows. */
export function clip(text: string, width: number, ellipsis: Ellipsis = '…'): Printable {
  if (width <= 0) return '' as Printable;
  const safe = printable(text);
  return cellWidth(safe) > width ? cut(safe, width, ellipsis) : safe;
}

function cut(safe: Printable, width: number, ellipsis: Ellipsis): Printable {
  if (isPlainAscii(safe)) return (safe.slice(0, width - 1) + ellipsis) as Printable;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(safe)) {
    const next = cellWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return (kept + ellipsis + ' '.repeat(width - 1 - used)) as Printable;
}
