import widthInCells, { type Options } from 'string-width';

/**
 * Latin letters, punctuation, arrows, lines, blocks and shapes: each is one cell and joins with none of the others, which
 * the test holds against `string-width` itself. Left out are the soft hyphen and the two shapes that are emoji.
 */
const oneCellEach = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u25ff]*$/;

/**
 * `string-width`, in whose place the bundle has it, for Ink too: cells that a text takes in a terminal. Ink measures each line twice a
 * frame, and one `…` or `↑` in it made that cost more than all the rest of the frame.
 */
export default function stringWidth(text: string, options?: Options): number {
  return oneCellEach.test(text) ? text.length : widthInCells(text, options);
}
