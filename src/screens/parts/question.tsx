import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Question } from '../input/controls.ts';
import { useTheme } from '../look.ts';
import { clip } from '../text/width.ts';
import type { Run } from './columns.ts';
import { composeLine, wrapText } from './compose-line.ts';
import { composeLong, cutLines } from './fields.ts';
import { Lines } from './line.tsx';

interface QuestionBoxProps {
  readonly question: Question;
  readonly width: number;
  readonly height: number;
}

const leastLabel = 9;
// A peer's name of any length must not push what the answer depends on out of the window.
const mostValueLines = 3;

/** Asks before something that cannot be taken back, and names what will happen. */
export function QuestionBox({ question, width, height }: QuestionBoxProps): ReactNode {
  const { border } = useTheme();
  const room = Math.max(10, Math.min(width, 100) - 4);
  const answer = composeLine([['y', 'accent'], ` ${question.yes}    `, ['n', 'accent'], ' Cancel'], room);
  const title: Run[][] = wrapText(question.title, room).map((text) => [{ text, tone: 'title' }]);
  const labels = question.lines.map((line) => (typeof line === 'string' ? 0 : line[0].length + 1));
  const labelWidth = Math.max(leastLabel, ...labels);
  const body: Run[][] = question.lines.flatMap((line) =>
    typeof line === 'string'
      ? wrapText(line, room).map((text): Run[] => [{ text }])
      : shortened(composeLong(line, room, labelWidth), room - labelWidth),
  );
  // The answer is never what a small window hides.
  const most = Math.max(1, height - 2 - title.length - 2);
  const lines = [...title, ...cutLines(body, most - 1, room), [], answer];
  return (
    <Box height={height} alignItems="center" justifyContent="center" overflow="hidden">
      <Box flexDirection="column" borderStyle={border} paddingX={1} width={room + 4} flexShrink={0}>
        <Lines lines={lines} />
      </Box>
    </Box>
  );
}

function shortened(lines: readonly Run[][], room: number): Run[][] {
  const [label, value] = lines[mostValueLines - 1] ?? [];
  if (lines.length <= mostValueLines || !label || !value) return [...lines];
  // One character too many, so that the end shows that it was cut.
  const cut = clip(value.text.padEnd(room + 1), room);
  return [...lines.slice(0, mostValueLines - 1), [label, { ...value, text: cut }]];
}
