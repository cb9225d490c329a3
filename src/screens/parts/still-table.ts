import { type Column, composeHeader, composeRow, fitColumns, type Run } from './columns.ts';

/** A small still table, its header first. */
export function composeTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width: number,
  now: number,
  ascii: boolean,
): Run[][] {
  const fitted = fitColumns(columns, Math.min(width, 120));
  return [
    composeHeader(fitted, { ascii }),
    ...rows.map((row) => composeRow(row, fitted, now, ascii ? '~' : '…')),
  ];
}
