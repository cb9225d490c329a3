import { type ReactNode, useMemo } from 'react';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { messagePage } from './message-lines.ts';

/** One message with all its attributes. */
export function MessageScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { inspection } = useServices();
  const subject = place.subject ?? '';
  // As it was when it was opened: a link that is busy forgets it soon.
  const detail = useMemo(() => inspection?.read(subject) ?? null, [inspection, subject]);
  const lines = useMemo(() => (detail === null ? null : messagePage(detail, columns)), [detail, columns]);
  return (
    <ScrolledPage
      {...screen}
      title={
        detail
          ? [
              ['Message  ', 'title'],
              [detail.row.name, 'accent'],
            ]
          : []
      }
      lines={lines}
      gone="This message is kept no longer. Esc goes back."
    />
  );
}
