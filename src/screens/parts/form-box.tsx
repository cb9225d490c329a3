import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { FormField } from '../../state/actions.ts';
import { type FormOverlay, isChanged, problemOf } from '../input/form.ts';
import { useTheme } from '../look.ts';
import { printable } from '../text/printable.ts';
import { cellWidth, fit } from '../text/width.ts';
import type { Run } from './columns.ts';
import { composeLine, type Piece, wrapText } from './compose-line.ts';
import { cutLines } from './fields.ts';
import { Lines } from './line.tsx';

interface FormBoxProps {
  readonly overlay: FormOverlay;
  readonly width: number;
  readonly height: number;
}

const widest = 100;
// What is said of the field under the cursor: its values, or what is wrong with it.
const noteLines = 2;

/** A form over the screen: a line for each field, and below them what is said of the one under the cursor. */
export function FormBox({ overlay, width, height }: FormBoxProps): ReactNode {
  const { border } = useTheme();
  const room = Math.max(10, Math.min(width, widest) - 4);
  return (
    <Box height={height} alignItems="center" justifyContent="center" overflow="hidden">
      <Box flexDirection="column" borderStyle={border} paddingX={1} width={room + 4} flexShrink={0}>
        <Lines lines={composeForm(overlay, room, height - 2)} />
      </Box>
    </Box>
  );
}

/** The lines of a form, at most `height`; the fields scroll, so that the one under the cursor is always there. */
export function composeForm(overlay: FormOverlay, width: number, height: number): Run[][] {
  const { form, cursor } = overlay;
  const title: Run[][] = wrapText(form.title, width).map((text) => [{ text, tone: 'title' }]);
  const whole: Run[][] = form.lines.flatMap((line) => wrapText(line, width).map((text): Run[] => [{ text }]));
  // In a small window the explanation gives way, never the title, the field that is filled in, or what is wrong with it.
  const intro = cutLines(whole, Math.max(0, height - title.length - noteLines - 1 - 1), width);
  const most = Math.max(1, height - title.length - intro.length - noteLines - 1);
  const count = Math.min(most, form.fields.length);
  const first = Math.max(0, Math.min(cursor - Math.floor(count / 2), form.fields.length - count));
  const labels = Math.max(...form.fields.map(({ key }) => cellWidth(key))) + 4;
  const shown = form.fields.slice(first, first + count);
  const more = scrollWords(first, form.fields.length - first - count);
  return [
    ...title,
    ...intro,
    ...shown.map((field, place) =>
      fieldLine(overlay, field, first + place === cursor, Math.min(labels, Math.floor(width / 2)), width),
    ),
    ...(height > title.length + intro.length + count + noteLines
      ? [composeLine([[more, 'muted']], width)]
      : []),
    ...notes(overlay, width),
  ];
}

function scrollWords(above: number, below: number): string {
  return [above > 0 ? `${above} above` : '', below > 0 ? `${below} below` : ''].filter(Boolean).join(', ');
}

/** `>` the cursor, `!` a problem, `*` a change. */
function fieldLine(
  overlay: FormOverlay,
  field: FormField,
  here: boolean,
  labels: number,
  width: number,
): Run[] {
  const problem = problemOf(overlay, field.key) !== null;
  const changed = isChanged(overlay, field);
  const mark = problem ? '!' : changed ? '*' : ' ';
  const value = overlay.values[field.key] ?? '';
  const label = fit(field.key, labels - 3);
  const room = width - labels - (here ? 1 : 0);
  const pieces: Piece[] = [
    [here ? '>' : ' ', 'mark'],
    [`${mark} `, problem ? 'bad' : 'accent'],
    [label, here ? 'title' : 'plain'],
  ];
  if (value === '') {
    if (here && field.kind !== 'choice') pieces.push(['_ ', 'mark']);
    pieces.push([blankWord(field), 'muted']);
  } else {
    pieces.push([tail(value, room), problem ? 'bad' : changed ? 'accent' : 'plain']);
    if (here && field.kind !== 'choice') pieces.push(['_', 'mark']);
  }
  return composeLine(pieces, width);
}

function blankWord({ fallback, required }: FormField): string {
  if (required) return 'required';
  return fallback;
}

// The end of a long line is what is being typed.
function tail(value: string, room: number): string {
  const characters = [...printable(value)];
  while (cellWidth(characters.join('')) > room) characters.shift();
  return characters.join('');
}

/** Exactly `noteLines` lines: what is wrong, else what the field takes. */
function notes(overlay: FormOverlay, width: number): Run[][] {
  const { form, cursor, leaving, submitting, refused, problems, tried } = overlay;
  const field = form.fields[cursor];
  const wrong = field ? problemOf(overlay, field.key) : null;
  const whole = tried || overlay.touched.size > 0 ? (problems[''] ?? null) : null;
  const [text, tone]: [string, Run['tone'] & string] = leaving
    ? ['Discard what was changed? y discards it, n goes on', 'warn']
    : submitting
      ? [`${form.verb}: under way`, 'accent']
      : refused !== null
        ? [`x ${refused}`, 'bad']
        : wrong !== null
          ? [`! ${wrong}`, 'bad']
          : whole !== null
            ? [`! ${whole}`, 'bad']
            : [field?.note ?? '', 'muted'];
  const wrapped = wrapText(text, width);
  // What was typed stands above: what was expected instead is what a small window has to show.
  const expected = text.lastIndexOf('expected');
  const lines =
    wrapped.length > noteLines && wrong !== null && expected > 0
      ? wrapText(`! ${text.slice(expected)}`, width).slice(0, noteLines)
      : wrapped.slice(0, noteLines);
  return Array.from({ length: noteLines }, (_, place): Run[] => [
    { text: lines[place] ?? printable(''), tone },
  ]);
}
