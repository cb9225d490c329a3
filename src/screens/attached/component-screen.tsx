import type { ReactNode } from 'react';
import { useTheme } from '../look.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { kindWord } from './columns.ts';
import { componentLines } from './component-lines.ts';

/** One component of an attached collector in full, scrolled where it is longer than the window. */
export function ComponentScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores } = useServices();
  const { ascii } = useTheme();
  useVersion(stores.components);
  const now = useNow();
  const row = stores.components.get(place.subject ?? '');
  return (
    <ScrolledPage
      {...screen}
      title={row ? [[`${kindWord(row)}  `, 'title'], [row.name, 'accent'], `  ${row.collector}`] : []}
      lines={row ? componentLines(row, { width: columns, now, ascii }) : null}
      gone="It is there no longer, or its collector is away. Esc goes back."
    />
  );
}
