import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import type { Run } from './columns.ts';
import { composeEnds, type Piece } from './compose-line.ts';
import { Line, Lines } from './line.tsx';
import { Message } from './message.tsx';

interface ScrolledPageProps extends ScreenProps {
  readonly title: readonly Piece[];
  /** Null: what the page is about is there no longer. */
  readonly lines: readonly Run[][] | null;
  /** Said in place of the page then. */
  readonly gone?: string;
  /** Stands where the page says which of its lines are shown. */
  readonly instead?: string | null;
}

/** A screen of one thing in full: its title, and as many of its lines as fit from the place on that it was scrolled to. */
export function ScrolledPage({
  place,
  columns,
  rows,
  title,
  lines,
  gone = '',
  instead,
}: ScrolledPageProps): ReactNode {
  const { window } = useServices();
  const total = lines?.length ?? 0;
  const height = Math.max(1, rows - 1);
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: total, columns, grid: undefined, hit: undefined });
  });
  if (lines === null) return <Message pieces={[gone]} width={columns} height={rows} />;
  const offset = Math.max(0, Math.min(place.offset, total - height));
  const last = Math.min(total, offset + height);
  const where = instead ?? `lines ${offset + 1}-${last} of ${total}`;
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <Line runs={composeEnds([...title], [[where, 'muted']], columns)} />
      <Lines lines={lines.slice(offset, last)} />
    </Box>
  );
}
