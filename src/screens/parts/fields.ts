import type { Problem } from '../../problem.ts';
import { printable } from '../text/printable.ts';
import { fit } from '../text/width.ts';
import type { Run, Tone } from './columns.ts';
import { composeLine, type Piece, wrapText } from './compose-line.ts';

/** One named value of a row; the value is not yet safe. A blank value is not known. */
export type Field = readonly [label: string, value: string, tone?: Tone];

/** Cells of the label before a value. */
export const fieldLabelWidth = 15;
// Farther apart, a label and the one beside it are no longer seen together.
const widestFields = 120;
// Two fields beside each other need room for a server's name and port.
const twoColumns = 76;

/** The fields that are known, in two columns where the screen is wide enough. */
export function composeFields(all: readonly Field[], columns: number, labels = fieldLabelWidth): Run[][] {
  const width = Math.min(columns, widestFields);
  const fields = all.filter(([, value]) => value !== '');
  if (width < twoColumns) return fields.map((field) => composeField(field, width, labels));
  const half = Math.floor(width / 2);
  const lines: Run[][] = [];
  for (let place = 0; place < fields.length; place += 2) {
    const left = fields[place];
    const right = fields[place + 1];
    lines.push([
      ...(left ? composeField(left, half - 1, labels, true) : []),
      { text: printable(' ') },
      ...(right ? composeField(right, width - half, labels) : []),
    ]);
  }
  return lines;
}

function composeField(
  [label, value, tone = 'plain']: Field,
  width: number,
  labels: number,
  padded = false,
): Run[] {
  const room = Math.max(1, width - labels);
  const runs: Run[] = [{ text: fit(label, labels), tone: 'muted' }];
  if (padded) runs.push({ text: fit(value, room), tone });
  else runs.push(...composeLine([[value, tone]], room));
  return runs;
}

/** A value of any length: its label before the first line, the others below it. */
export function composeLong(
  [label, value, tone = 'plain']: Field,
  width: number,
  labels = fieldLabelWidth,
): Run[][] {
  const room = Math.max(10, width - labels);
  return wrapText(value, room).map((text, line) => [
    { text: fit(line === 0 ? label : '', labels), tone: 'muted' },
    { text, tone },
  ]);
}

/** What went wrong, the probable cause and what to do, as every screen shows them. */
export function composeProblem(problem: Problem, width: number): Run[][] {
  const code = problem.code === null ? problem.stage : `${problem.stage}, ${problem.code}`;
  return [
    ...composeLong(['Problem', `${problem.message} (${code})`, 'bad'], width),
    ...composeLong(['Cause', problem.cause], width),
    ...problem.fix.flatMap((step, place) =>
      composeLong(
        [place === 0 ? 'What to do' : '', problem.fix.length > 1 ? `${place + 1}. ${step}` : step],
        width,
      ),
    ),
  ];
}

/** At most `height` lines; where some are left out, the last one says so, and where they are. */
export function cutLines(
  lines: readonly Run[][],
  height: number,
  width: number,
  where = 'a taller window shows them',
): Run[][] {
  if (lines.length <= height) return [...lines];
  const more: Piece = [`  and ${lines.length - height + 1} lines more: ${where}`, 'muted'];
  return [...lines.slice(0, Math.max(0, height - 1)), composeLine([more], width)];
}
