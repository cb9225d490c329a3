import type { ReactNode } from 'react';
import { useTheme } from '../look.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { filterLines } from './filter-lines.ts';

/** How filters are written, with the fields of the table that it was asked on. */
export function FilterHelpScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { fieldsOf } = useServices();
  const { rule } = useTheme();
  const { title, fields } = fieldsOf(place.subject ?? 'users');
  return (
    <ScrolledPage
      {...screen}
      title={[
        ['Filters  ', 'title'],
        [title, 'accent'],
      ]}
      lines={filterLines(title, fields, columns, rule)}
    />
  );
}
