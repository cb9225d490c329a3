import type { ScreenView } from './ui.ts';
import type { View } from './view.ts';

/** The part of a screen's state that says which rows it shows. */
export type Place = Pick<ScreenView, 'cursor' | 'index' | 'offset'>;

/**
 * The place after the rows may have moved: the cursor stays on its row and the row on its line of the screen; when the
 * row is gone, the cursor goes on with the row that took its position. Returns the same object when nothing moved.
 */
export function follow<T extends { readonly id: string }>(
  view: View<T>,
  place: Place,
  height: number,
): Place {
  const rows = view.matched;
  if (rows === 0) return same(place, { cursor: place.cursor, index: 0, offset: 0 });
  if (place.cursor === null) return same(place, { cursor: null, index: 0, offset: 0 });
  const found = view.indexOf(place.cursor);
  const index = found >= 0 ? found : Math.min(place.index, rows - 1);
  const cursor = found >= 0 ? place.cursor : (view.at(index)?.id ?? null);
  const moved = place.offset + (index - place.index);
  return same(place, { cursor, index, offset: inWindow(moved, index, rows, height) });
}

/** Moves the cursor by `lines` (negative is up), as far as there are rows. */
export function move<T extends { readonly id: string }>(
  view: View<T>,
  place: Place,
  lines: number,
  height: number,
): Place {
  const now = follow(view, place, height);
  return moveTo(view, now, now.index + lines, height);
}

/** Puts the cursor on a position; 0 and less is the first row, `Infinity` the last. */
export function moveTo<T extends { readonly id: string }>(
  view: View<T>,
  place: Place,
  index: number,
  height: number,
): Place {
  const rows = view.matched;
  if (rows === 0) return { cursor: null, index: 0, offset: 0 };
  const bounded = Math.max(0, Math.min(rows - 1, index));
  const cursor = view.at(bounded)?.id ?? null;
  return { cursor, index: bounded, offset: inWindow(place.offset, bounded, rows, height) };
}

/** The offset nearest to `offset` with which the row at `index` is seen and no line below the last row is wasted. */
function inWindow(offset: number, index: number, rows: number, height: number): number {
  const lines = Math.max(1, height);
  const seen = Math.min(index, Math.max(index - lines + 1, offset));
  return Math.max(0, Math.min(seen, rows - lines));
}

function same(before: Place, after: Place): Place {
  const equal =
    before.cursor === after.cursor && before.index === after.index && before.offset === after.offset;
  return equal ? before : after;
}
