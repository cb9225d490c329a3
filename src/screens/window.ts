/**
 * What the screen that is shown told about its size, for the keys that move by it: lines of its list or text that fit,
 * lines that there are, and cells of its width. Written when a frame was painted.
 */
export interface Window {
  height: number;
  lines: number;
  columns: number;
}
