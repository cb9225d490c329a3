import type { ScreenView } from '../../state/ui.ts';
import type { View } from '../../state/view.ts';
import { follow } from '../../state/window.ts';
import type { Column } from '../parts/columns.ts';
import { fitColumns } from '../parts/columns.ts';
import { tableWidth } from '../parts/data-table-size.ts';
import { type AnyTable, tableOf } from '../registry.ts';
import type { Services } from '../services.ts';

export type AnyRow = { readonly id: string };

/** The table of the screen on top, where it has one. */
export class CurrentTable {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  get shown(): { readonly table: AnyTable; readonly view: View<AnyRow> } | null {
    const { stores, views } = this.#services;
    const table = tableOf(stores.ui.current.screen);
    return table === null ? null : { table, view: table.view(views) };
  }

  /** The row under the cursor. */
  get selected(): AnyRow | null {
    const { shown } = this;
    if (shown === null) return null;
    const current: ScreenView = this.#services.stores.ui.current;
    return shown.view.at(follow(shown.view, current, this.#services.window.height).index) ?? null;
  }

  /** The columns that the window has room for. */
  get columns(): readonly Column<never>[] {
    const table = this.shown?.table;
    if (!table) return [];
    return fitColumns(table.columns, tableWidth(this.#services.window.columns)).map((each) => each.column);
  }
}
