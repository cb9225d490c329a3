const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const asciiBlocks = ['_', '.', '-', '=', '+', '*', '%', '#'];

/** Values as small bars, the newest last: at most `width` of them, between 0 and the largest that is shown. */
export function sparkline(values: readonly number[], width: number, ascii: boolean): string {
  const shown = values.slice(-Math.max(0, width));
  const largest = Math.max(1, ...shown);
  const marks = ascii ? asciiBlocks : blocks;
  return shown
    .map((value) => marks[Math.min(marks.length - 1, Math.floor((value / largest) * marks.length))] ?? '')
    .join('');
}
