import type { Controls } from '../input/controls.ts';
import type { Column } from '../parts/columns.ts';
import type { Services } from '../services.ts';
import type { CurrentTable } from './current-table.ts';

/** Sorting and filtering of the table on top. */
export function orderControls(
  { stores: { ui } }: Services,
  table: CurrentTable,
  tell: (text: string) => void,
): Pick<Controls, 'setFilter' | 'clearFilter' | 'moveSort' | 'flipSort' | 'sortBy' | 'sortByName'> {
  function setSort(column: string, direction: 'up' | 'down'): void {
    ui.update({ sort: { column, direction } });
  }

  function sortByColumn(column: Column<never> | undefined): void {
    const { shown } = table;
    if (!shown || !column) {
      tell('There is no such column on the screen');
      return;
    }
    const { sort } = shown.view;
    const again = sort.column === column.id && sort.direction === 'up';
    setSort(column.id, again ? 'down' : 'up');
  }

  return {
    setFilter(text) {
      const shown = table.shown;
      if (!shown) return;
      const error = shown.view.setFilter(text);
      if (error) tell(error.message);
      else ui.update({ filter: text, offset: 0 });
    },
    clearFilter: () => ui.update({ filter: '' }),
    moveSort(by) {
      const columns = table.columns;
      const column = table.shown?.view.sort.column;
      const place = columns.findIndex((each) => each.id === column);
      const next = columns[Math.max(0, Math.min(columns.length - 1, place + by))];
      if (next && next.id !== column) setSort(next.id, 'up');
      else tell(by < 0 ? 'This is the first column' : 'This is the last column on the screen');
    },
    flipSort() {
      const sort = table.shown?.view.sort;
      if (sort) setSort(sort.column, sort.direction === 'up' ? 'down' : 'up');
    },
    sortBy(place) {
      if (place === 0) ui.update({ sort: null });
      else sortByColumn(table.columns[place - 1]);
    },
    sortByName(name) {
      const columns = table.shown?.table.columns ?? [];
      const wanted = name.toLowerCase();
      sortByColumn(columns.find((each) => each.id === wanted || each.title.toLowerCase() === wanted));
    },
  };
}
