import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Run } from './columns.ts';
import { type Piece, wrapText } from './compose-line.ts';
import { Lines } from './line.tsx';

interface MessageProps {
  /** Each begins a line of its own. */
  readonly pieces: readonly Piece[];
  readonly width: number;
  readonly height: number;
}

/** Sentences in the place of a table that has nothing to show: why, and what to do. */
export function Message({ pieces, width, height }: MessageProps): ReactNode {
  const lines: Run[][] = [[]];
  for (const piece of pieces) {
    const [text, tone] = typeof piece === 'string' ? [piece, 'plain' as const] : piece;
    for (const line of wrapText(text, width - 4)) lines.push([{ text: `  ${line}` as typeof line, tone }]);
  }
  return (
    <Box flexDirection="column" height={height} overflow="hidden">
      <Lines lines={lines.slice(0, height)} />
    </Box>
  );
}
