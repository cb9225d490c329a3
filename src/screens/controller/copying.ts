import { safeText } from '../../safe-text.ts';
import type { Controls } from '../input/controls.ts';
import { asciiJson } from '../parts/ascii-json.ts';
import type { Services } from '../services.ts';
import type { CurrentTable } from './current-table.ts';

/** The clipboard of the terminal. */
export function copyControls(
  { stores, terminal }: Services,
  table: CurrentTable,
  tell: (text: string) => void,
): Pick<Controls, 'copyCell' | 'copyRow'> {
  function copy(what: string, text: string): void {
    if (terminal.copy(text)) stores.toasts.push('info', `Copied ${what}`);
    else tell('It is too long for the clipboard of a terminal');
  }

  return {
    copyCell() {
      const { shown } = table;
      const { selected: row } = table;
      const column = shown?.table.columns.find((each) => each.id === shown.view.sort.column);
      if (!row || !column) return;
      const text = safeText(column.text(row as never, stores.time.getState().now));
      copy(`${column.title}: ${text}`, text);
    },
    copyRow() {
      const { selected: row } = table;
      if (row) copy('the row as JSON', asciiJson(row));
    },
  };
}
