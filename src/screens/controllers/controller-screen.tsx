import type { ReactNode } from 'react';
import { useTheme } from '../look.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { modeWord } from './columns.ts';
import { controllerLines } from './controller-lines.ts';

/** One domain controller in full, scrolled where it is longer than the window. */
export function ControllerScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores } = useServices();
  const { ascii } = useTheme();
  useVersion(stores.controllers);
  const now = useNow();
  const row = stores.controllers.get(place.subject ?? '');
  return (
    <ScrolledPage
      {...screen}
      title={row ? [['Domain controller  ', 'title'], [row.name, 'accent'], `  ${modeWord(row.mode)}`] : []}
      lines={row ? controllerLines(row, { width: columns, now, ascii }) : null}
      gone="It is there no longer, or its collector is away. Esc goes back."
    />
  );
}
