import { safeText } from '../../safe-text.ts';
import { exportText, formatOf } from '../export/export-text.ts';
import type { Controls } from '../input/controls.ts';
import { screenOf } from '../registry.ts';
import type { Services } from '../services.ts';
import { count } from '../text/format.ts';
import type { CurrentTable } from './current-table.ts';

/** Writes the rows of the table on top to a file; asks before one is replaced, unless `replace` says so. */
export function exportView(
  services: Services,
  table: CurrentTable,
  controls: Controls,
  file: string,
  replace = false,
): void {
  const { shown } = table;
  if (!shown) return;
  const format = formatOf(file);
  if (format === null) {
    controls.tell('Name a file that ends in .csv or .json');
    return;
  }
  const { view } = shown;
  const { title } = screenOf(services.stores.ui.current.screen);
  // As they are now, whatever comes while they are written.
  const rows = [...view.values()];
  const exported = {
    table: title,
    filter: view.filter,
    fields: view.fields,
    rows,
    now: services.clock.now(),
  };
  controls.act(`Exporting ${file}`, async () => {
    const outcome = await services.writeExport(file, exportText(exported, format), replace);
    const path = safeText(outcome.path);
    if (outcome.kind === 'exists') {
      controls.ask({
        title: `Replace ${file}?`,
        lines: [['File', outcome.path], '', 'The file is there already; what it holds is lost.'],
        yes: 'Replace',
        action: () => exportView(services, table, controls, file, true),
      });
      return null;
    }
    if (outcome.kind === 'written') {
      return {
        ok: true,
        message: `${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'} written to ${path}`,
      };
    }
    const { reason } = outcome;
    const message = `${path} was not written: ${reason}`;
    return { ok: false, problem: { stage: 'export', code: null, message, cause: '', fix: [] } };
  });
}
