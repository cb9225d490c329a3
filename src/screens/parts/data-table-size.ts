/** Cells before each row: the cursor's mark and a blank. */
export const markerWidth = 2;

/** Cells for the columns of a table on a screen of that width. */
export function tableWidth(columns: number): number {
  return Math.max(1, columns - markerWidth);
}
