import type { ReactNode } from 'react';
import { seenBy } from '../../state/seen-by.ts';
import { seenByLines } from '../connectors/seen-by-lines.ts';
import { useKeyOf, useTheme } from '../look.ts';
import { composeRule } from '../parts/compose-line.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { connectorPage } from './connector-lines.ts';

/** One EMS connector in full, scrolled where it is longer than the window. */
export function ConnectorScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores } = useServices();
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
  const lines = row ? connectorPage(row, tags, { width: columns, now, ascii, rule, keyOf }) : null;
  if (seen.length > 0) lines?.push(composeRule('From the other sides', columns, rule), ...seen);
  return (
    <ScrolledPage
      {...screen}
      title={row ? [['Connector  ', 'title'], [row.name, 'accent'], `  ${row.server}`] : []}
      lines={lines}
      gone="This connector is gone. Esc goes back."
    />
  );
}
