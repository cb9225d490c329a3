import { move, moveTo } from '../../state/window.ts';
import type { Controls } from '../input/controls.ts';
import type { Services } from '../services.ts';
import type { CurrentTable } from './current-table.ts';

/** The cursor of a table, or the place in a page that is longer than the window; `steps` is how many
 * neighbours the page goes through. */
export function movementControls(
  { stores, window }: Services,
  table: CurrentTable,
  steps: () => number,
): Pick<Controls, 'move' | 'page' | 'first' | 'last' | 'step'> {
  const { ui } = stores;

  function scroll(to: number): void {
    ui.update({ offset: Math.max(0, Math.min(to, window.lines - window.height)) });
  }

  const controls = {
    move(by: number) {
      const { shown } = table;
      if (shown) ui.update(move(shown.view, ui.current, by, window.height));
      else scroll(ui.current.offset + by);
    },
    page: (by: number) => controls.move(by * Math.max(1, window.height - 1)),
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
