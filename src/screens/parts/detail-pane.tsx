import { Box } from 'ink';
import type { ReactNode } from 'react';
import { useTheme } from '../look.ts';
import type { Run } from './columns.ts';
import { composeRule } from './compose-line.ts';
import { cutLines } from './fields.ts';
import { Line, Lines } from './line.tsx';

interface DetailPaneProps {
  readonly title: string;
  readonly lines: readonly Run[][];
  readonly width: number;
  /** Lines in all, with the rule. */
  readonly height: number;
  /** Where the lines are that do not fit. */
  readonly rest?: string | undefined;
}

/** What the selected row says in full, below the list and a rule. */
export function DetailPane({ title, lines, width, height, rest }: DetailPaneProps): ReactNode {
  const { rule } = useTheme();
  if (height < 2) return null;
  return (
    <Box flexDirection="column" height={height} flexShrink={0} overflow="hidden">
      <Line runs={composeRule(title, width, rule)} />
      <Lines lines={cutLines(lines, height - 1, width, rest)} />
    </Box>
  );
}

/** Lines for a list of `rows` rows and for the pane below it, where the screen has room for both. */
export function splitHeight(height: number, rows: number, pane: number): { list: number; pane: number } {
  const chrome = 2;
  const least = chrome + Math.min(3, Math.max(1, rows));
  if (height - pane < least) return { list: height, pane: 0 };
  const list = Math.min(Math.max(least, chrome + rows), Math.max(least, height - pane));
  return { list, pane: height - list };
}
