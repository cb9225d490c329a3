import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Question } from '../input/controls.ts';
import { useTheme } from '../services.ts';
import type { Run } from './columns.ts';
import { composeLine, wrapText } from './compose-line.ts';
import { composeLong } from './fields.ts';
import { Lines } from './line.tsx';

interface QuestionBoxProps {
  readonly question: Question;
  readonly width: number;
  readonly height: number;
}

const labelWidth = 9;

/** Asks before something that cannot be taken back, and names what will happen. */
export function QuestionBox({ question, width, height }: QuestionBoxProps): ReactNode {
  const { border } = useTheme();
  const room = Math.max(10, Math.min(width, 100) - 4);
  const answer = composeLine([['y', 'accent'], ` ${question.yes}    `, ['n', 'accent'], ' Cancel'], room);
  const title: Run[][] = wrapText(question.title, room).map((text) => [{ text, tone: 'title' }]);
  const body: Run[][] = question.lines.flatMap((line) =>
    typeof line === 'string'
      ? wrapText(line, room).map((text): Run[] => [{ text }])
      : composeLong(line, room, labelWidth),
  );
  // The answer is never what a small window hides.
  const most = Math.max(1, height - 2 - title.length - 2);
  const lines = [...title, ...body.slice(0, most - 1), [], answer];
  return (
    <Box height={height} alignItems="center" justifyContent="center" overflow="hidden">
      <Box flexDirection="column" borderStyle={border} paddingX={1} width={room + 4} flexShrink={0}>
        <Lines lines={lines} />
      </Box>
    </Box>
  );
}
