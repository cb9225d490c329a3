import type { ReactNode } from 'react';
import { useTheme } from '../look.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { linkPage } from './link-lines.ts';

/** One collector of one FSSO connector in full, scrolled where it is longer than the window. */
export function LinkScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores } = useServices();
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
    : null;
  return (
    <ScrolledPage
      {...screen}
      title={row ? [['Link  ', 'title'], [row.connector, 'accent'], `  ${row.server}`] : []}
      lines={lines}
      gone="This collector is gone. Esc goes back."
    />
  );
}
