import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { useTheme } from '../look.ts';
import { composeEnds } from '../parts/compose-line.ts';
import { Line, Lines } from '../parts/line.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { linkPage } from './link-lines.ts';

/** One collector of one FSSO connector in full, scrolled where it is longer than the window. */
export function LinkScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { stores, window } = useServices();
  const { rule } = useTheme();
  useVersion(stores.collectors);
  const now = useNow();
  const row = stores.collectors.get(place.subject ?? '');
  const siblings = [...stores.collectors.values()].filter((each) => each.connector === row?.connector);
  const lines = row
    ? linkPage(row, {
        width: columns,
        now,
        rule,
        active: siblings.find((each) => each.active) ?? null,
        first: siblings.find((each) => each.position === 1) ?? null,
      })
    : [];
  const height = Math.max(1, rows - 1);
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: lines.length, columns });
  });
  if (!row)
    return <Message pieces={['This collector is gone. Esc goes back.']} width={columns} height={rows} />;
  const offset = Math.max(0, Math.min(place.offset, lines.length - height));
  const last = Math.min(lines.length, offset + height);
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <Line
        runs={composeEnds(
          [['Link  ', 'title'], [row.connector, 'accent'], `  ${row.server}`],
          [[`lines ${offset + 1}-${last} of ${lines.length}`, 'muted']],
          columns,
        )}
      />
      <Lines lines={lines.slice(offset, last)} />
    </Box>
  );
}
