import type { View } from '../../state/view.ts';
import { follow, move, moveTo } from '../../state/window.ts';
import type { Controls } from '../input/controls.ts';
import type { Services } from '../services.ts';
import type { AnyRow, CurrentTable } from './current-table.ts';

/** The cursor of a table, or the place in a page that is longer than the window; `steps` is how many
 * neighbours the page goes through. */
export function movementControls(
  { stores, window }: Services,
  table: CurrentTable,
  steps: () => number,
): Pick<Controls, 'move' | 'page' | 'beside' | 'first' | 'last' | 'step'> {
  const { ui } = stores;

  function scroll(to: number): void {
    ui.update({ offset: Math.max(0, Math.min(to, window.lines - window.height)) });
  }

  /** By so many rows of cards: straight up or down, and where the last row is shorter to its end. */
  function moveCards(view: View<AnyRow>, by: number): void {
    const columns = window.grid ?? 1;
    const { index } = follow(view, ui.current, window.height);
    const rowOf = (place: number) => Math.floor(place / columns);
    const row = Math.max(0, Math.min(rowOf(view.matched - 1), rowOf(index) + by));
    if (row === rowOf(index)) return;
    ui.update(moveTo(view, ui.current, row * columns + (index % columns), window.height));
  }

  const controls = {
    move(by: number) {
      const { shown } = table;
      if (!shown) scroll(ui.current.offset + by);
      else if (ui.current.cards) moveCards(shown.view, by);
      else ui.update(move(shown.view, ui.current, by, window.height));
    },
    page(by: number) {
      const rows = ui.current.cards ? window.height / (window.grid ?? 1) : window.height - 1;
      controls.move(by * Math.max(1, rows));
    },
    beside(by: number) {
      const { shown } = table;
      if (shown) ui.update(move(shown.view, ui.current, by, window.height));
    },
    first: () => ui.update(table.shown ? { cursor: null, index: 0, offset: 0 } : { offset: 0 }),
    last() {
      const { shown } = table;
      if (shown) ui.update(moveTo(shown.view, ui.current, Number.POSITIVE_INFINITY, window.height));
      else scroll(window.lines);
    },
    step(by: number) {
      const length = steps();
      const index = Math.max(0, Math.min(length - 1, ui.current.index + by));
      ui.update({ index, offset: 0 });
    },
  };
  return controls;
}
