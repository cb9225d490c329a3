import type { ScreenId } from '../input/controls.ts';
import type { KeyOf } from '../input/keymap.ts';
import { tabs } from '../registry.ts';
import { composeLine, lineWidth, type Piece } from './compose-line.ts';

/** Wider than any line: what counts is how wide the tabs are by themselves. */
const unbounded = 1_000;

/** Every tab with its key, the one that is shown in brackets. */
export function tabPieces(
  shown: string,
  keyOf: KeyOf,
): { readonly id: ScreenId; readonly pieces: Piece[] }[] {
  return tabs.map((tab) => ({
    id: tab.id,
    pieces:
      tab.id === shown
        ? [
            ['[', 'mark'],
            [`${keyOf(tab.id)} `, 'accent'],
            [tab.tab ?? tab.title, 'title'],
            ['] ', 'mark'],
          ]
        : [' ', [`${keyOf(tab.id)} `, 'accent'], [`${tab.tab ?? tab.title}  `, 'muted']],
  }));
}

/** The tab at a cell of the line, from 0; null beside them. */
export function tabAt(x: number, shown: string, keyOf: KeyOf): ScreenId | null {
  let end = 0;
  for (const { id, pieces } of tabPieces(shown, keyOf)) {
    end += lineWidth(composeLine(pieces, unbounded));
    if (x < end) return id;
  }
  return null;
}
