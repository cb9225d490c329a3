import type { StageView } from '../../state/changes.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeLine, lineWidth, type Piece } from '../parts/compose-line.ts';
import { latency } from '../text/format.ts';

const marks: Readonly<Record<StageView['state'], readonly [mark: string, tone: Tone]>> = {
  done: ['+', 'good'],
  running: ['~', 'accent'],
  stopped: ['x', 'bad'],
  open: ['-', 'muted'],
};

/** The way of a connector as a line of stages, with the time each took, broken where the window is narrow. */
export function stageLines(stages: readonly StageView[], width: number): Run[][] {
  const lines: Piece[][] = [[]];
  for (const [place, { name, state, tookMs }] of stages.entries()) {
    const [mark, tone] = marks[state];
    const took = state === 'open' || tookMs === null ? '' : ` ${latency(tookMs)}`;
    const pieces: Piece[] = [[`${mark} ${name}`, tone], ...(took === '' ? [] : [took])];
    if (place < stages.length - 1) pieces.push(['  >  ', 'muted']);
    const line = lines.at(-1) ?? [];
    const longer = [...line, ...pieces];
    if (line.length > 0 && lineWidth(composeLine(longer, 10_000)) > width) lines.push(pieces);
    else line.push(...pieces);
  }
  return lines.map((line) => composeLine(line, width));
}
