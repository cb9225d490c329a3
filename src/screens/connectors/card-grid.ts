import { type CardHeight, cardHeights } from './card-lines.ts';

/** How cards stand in a window. */
export interface CardGrid {
  /** Cards beside each other, and rows of them that fit. */
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: CardHeight;
}

/** Blank cells between two cards. */
export const cardGap = 2;
const narrowest = 38;
const widest = 60;

/**
 * The grid for `count` cards in a window: as many beside each other as fit, and as tall as all of them fit; where not even
 * the smallest do, they scroll.
 */
export function cardGrid(count: number, width: number, height: number): CardGrid {
  const columns = Math.max(1, Math.floor((width + cardGap) / (narrowest + cardGap)));
  const wanted = Math.max(1, Math.ceil(count / columns));
  const smallest = cardHeights.at(-1) as CardHeight;
  const tall = cardHeights.find((each) => wanted * each <= height) ?? smallest;
  return {
    columns,
    rows: Math.max(1, Math.min(wanted, Math.floor(height / tall))),
    width: Math.min(widest, Math.floor((width - (columns - 1) * cardGap) / columns)),
    height: tall,
  };
}

/** The first card that is drawn: a whole row of them is, and the one at `index` is among them. */
export function firstCard(offset: number, index: number, { columns }: CardGrid): number {
  const aligned = Math.ceil(offset / columns) * columns;
  return index < aligned ? Math.floor(index / columns) * columns : aligned;
}
