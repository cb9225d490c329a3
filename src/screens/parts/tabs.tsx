import type { ReactNode } from 'react';
import type { ScreenView } from '../../state/ui.ts';
import { useKeyOf } from '../look.ts';
import { screenOf, tabs } from '../registry.ts';
import { useServices } from '../services.ts';
import { composeLine, type Piece } from './compose-line.ts';
import { Line } from './line.tsx';

/** The second line: every screen with its key, the one that is shown in brackets, and the way to what was opened. */
export function Tabs({
  stack,
  width,
}: {
  readonly stack: readonly ScreenView[];
  readonly width: number;
}): ReactNode {
  const { stores } = useServices();
  const keyOf = useKeyOf();
  const [root, ...opened] = stack;
  const pieces: Piece[] = tabs.flatMap((tab): Piece[] =>
    tab.id === root?.screen
      ? [
          ['[', 'mark'],
          [`${keyOf(tab.id)} `, 'accent'],
          [tab.tab ?? tab.title, 'title'],
          ['] ', 'mark'],
        ]
      : [' ', [`${keyOf(tab.id)} `, 'accent'], [`${tab.tab ?? tab.title}  `, 'muted']],
  );
  for (const view of opened) {
    const name = view.subject === null ? '' : ` ${shownSubject(view.subject)}`;
    pieces.push(['> ', 'mark'], `${screenOf(view.screen).title}${name} `);
  }
  return <Line runs={composeLine(pieces, width)} />;

  function shownSubject(subject: string): string {
    return stores.logons.get(subject)?.user ?? stores.connectors.get(subject)?.name ?? '';
  }
}
