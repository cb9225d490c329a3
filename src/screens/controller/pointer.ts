import { follow, moveTo } from '../../state/window.ts';
import type { Controls } from '../input/controls.ts';
import type { MouseEvent } from '../input/mouse.ts';
import { tabAt } from '../parts/tab-line.ts';
import type { Services } from '../services.ts';
import type { CurrentTable } from './current-table.ts';

/** Lines of one notch of the wheel. */
const notch = 3;
// Header, then tabs; below them the screen.
const tabLine = 1;
const firstLine = 2;

/** What the mouse does on a screen: it chooses a row or a tab, sorts by a header, and scrolls. */
export function pointAt(
  event: MouseEvent,
  services: Services,
  table: CurrentTable,
  controls: Controls,
): void {
  if (event.kind === 'press') press(event, services, table, controls);
  else scroll(event.kind === 'wheel-up' ? -notch : notch, services, table, controls);
}

function press({ x, y }: MouseEvent, services: Services, table: CurrentTable, controls: Controls): void {
  const { stores, window, look } = services;
  const { ui } = stores;
  if (y === tabLine) {
    const tab = tabAt(x, ui.state.getState().stack[0]?.screen ?? '', look.getState().keys.keyOf);
    if (tab !== null) ui.go(tab);
    return;
  }
  const hit = window.hit?.(x, y - firstLine) ?? null;
  if (hit === null) return;
  if (hit.kind === 'column') {
    controls.sortBy(hit.place + 1);
    return;
  }
  const { shown } = table;
  if (shown && hit.index < shown.view.matched)
    ui.update(moveTo(shown.view, ui.current, hit.index, window.height));
}

/** A table moves under the cursor, which keeps its line as far as there are rows; then the cursor moves. */
function scroll(by: number, { stores, window }: Services, table: CurrentTable, controls: Controls): void {
  const { ui } = stores;
  const { shown } = table;
  if (!shown || ui.current.cards) {
    controls.move(by);
    return;
  }
  const { view } = shown;
  const place = follow(view, ui.current, window.height);
  const offset = Math.max(0, Math.min(place.offset + by, view.matched - window.height));
  const moved = offset - place.offset;
  if (moved === 0) controls.move(by);
  else ui.update(moveTo(view, { ...place, offset }, place.index + moved, window.height));
}
