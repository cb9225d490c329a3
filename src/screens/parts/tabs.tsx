import type { ReactNode } from 'react';
import type { ScreenView } from '../../state/ui.ts';
import { useKeyOf } from '../look.ts';
import { screenOf } from '../registry.ts';
import { useServices } from '../services.ts';
import { composeLine, type Piece } from './compose-line.ts';
import { Line } from './line.tsx';
import { tabPieces } from './tab-line.ts';

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
  const pieces: Piece[] = tabPieces(root?.screen ?? '', keyOf).flatMap(({ pieces: own }) => own);
  for (const view of opened) {
    const name = view.subject === null ? '' : ` ${shownSubject(view.subject)}`;
    pieces.push(['> ', 'mark'], `${screenOf(view.screen).title}${name} `);
  }
  return <Line runs={composeLine(pieces, width)} />;

  function shownSubject(subject: string): string {
    return (
      stores.logons.get(subject)?.user ??
      stores.connectors.get(subject)?.name ??
      stores.components.get(subject)?.name ??
      ''
    );
  }
}
