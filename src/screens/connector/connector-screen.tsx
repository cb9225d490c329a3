import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { seenBy } from '../../state/seen-by.ts';
import { seenByLines } from '../connectors/seen-by-lines.ts';
import { useKeyOf, useTheme } from '../look.ts';
import { composeEnds, composeRule } from '../parts/compose-line.ts';
import { Line, Lines } from '../parts/line.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { connectorPage } from './connector-lines.ts';

/** One EMS connector in full, scrolled where it is longer than the window. */
export function ConnectorScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { stores, window } = useServices();
  const { ascii, rule } = useTheme();
  const keyOf = useKeyOf();
  useVersion(stores.connectors);
  useVersion(stores.tags);
  useVersion(stores.admins);
  useVersion(stores.fortigates);
  const now = useNow();
  const row = stores.connectors.get(place.subject ?? '');
  const tags = [...stores.tags.values()]
    .filter((tag) => tag.connector === row?.name)
    .sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1));
  const sides = row ? seenBy(row, stores.admins.values(), stores.fortigates.values()) : null;
  const seen = sides ? seenByLines(sides, now, columns) : [];
  const lines = row ? connectorPage(row, tags, { width: columns, now, ascii, rule, keyOf }) : [];
  if (seen.length > 0) lines.push(composeRule('From the other sides', columns, rule), ...seen);
  const height = Math.max(1, rows - 1);
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: lines.length, columns });
  });
  if (!row)
    return <Message pieces={['This connector is gone. Esc goes back.']} width={columns} height={rows} />;
  const offset = Math.max(0, Math.min(place.offset, lines.length - height));
  const last = Math.min(lines.length, offset + height);
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <Line
        runs={composeEnds(
          [['Connector  ', 'title'], [row.name, 'accent'], `  ${row.server}`],
          [[`lines ${offset + 1}-${last} of ${lines.length}`, 'muted']],
          columns,
        )}
      />
      <Lines lines={lines.slice(offset, last)} />
    </Box>
  );
}
