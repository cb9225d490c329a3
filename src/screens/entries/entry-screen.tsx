import type { ReactNode } from 'react';
import { accountName } from '../../logon-history.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { entryPlace } from './columns.ts';
import { entryLines } from './entry-lines.ts';

/** One entry of an attached collector in full, scrolled where it is longer than the window. */
export function EntryScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores } = useServices();
  useVersion(stores.entries);
  const now = useNow();
  const row = stores.entries.get(place.subject ?? '');
  return (
    <ScrolledPage
      {...screen}
      title={row ? [['Entry  ', 'title'], [accountName(row), 'accent'], ` at ${entryPlace(row)}`] : []}
      lines={row ? entryLines(row, now, columns) : null}
      gone="The logon has ended, or its collector is away. Esc goes back."
    />
  );
}
