/**
 * What the screen that is shown told about its size, for the keys that move by it: lines of its list or text that fit,
 * lines that there are, and cells of its width. Written when a frame was painted.
 */
export interface Window {
  height: number;
  lines: number;
  columns: number;
  /** Of cards: how many stand beside each other; absent for a list. */
  grid?: number | undefined;
  /** What stands at a cell of the screen, from its upper left; absent where nothing can be chosen. */
  hit?: ((x: number, y: number) => Hit | null) | undefined;
}

/** A row by its position in the view, or a column by its place on the screen; both from 0. */
export type Hit =
  | { readonly kind: 'row'; readonly index: number }
  | { readonly kind: 'column'; readonly place: number };
