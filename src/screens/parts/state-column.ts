import type { Column } from './columns.ts';
import { type StateWord, stateText } from './state-words.ts';

/** The column of a state, with mark and word: never dropped. */
export function stateColumn<T>(width: number, wordOf: (row: T, now: number) => StateWord): Column<T> {
  return {
    id: 'state',
    title: 'State',
    width,
    priority: 1,
    text: (row, now) => stateText(wordOf(row, now)),
    tone: (row, now) => wordOf(row, now).tone,
  };
}
