import type { Field, Fields } from '../../query/fields.ts';
import { safeText } from '../../safe-text.ts';
import { asciiJson } from '../parts/ascii-json.ts';

export type ExportFormat = 'csv' | 'json';

/** What is exported of a table. */
export interface ExportedView<T> {
  readonly table: string;
  readonly filter: string;
  readonly fields: Fields<T>;
  /** In the order of the screen. */
  readonly rows: Iterable<T>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Value = string | number | readonly string[] | null;

/** The format that a name ends in; null for another. */
export function formatOf(file: string): ExportFormat | null {
  const ending = /\.(csv|json)$/i.exec(file)?.[1]?.toLowerCase();
  return (ending as ExportFormat | undefined) ?? null;
}

/**
 * The rows in pieces, a row each, under the names that filters have for their fields (docs/query.md): times in ISO 8601
 * and UTC, ages, times left and durations in seconds; what is not known is null, in CSV empty.
 */
export function* exportText<T>(view: ExportedView<T>, format: ExportFormat): Generator<string> {
  const { table, filter, rows, now } = view;
  const fields = Object.entries(view.fields);
  if (format === 'csv') {
    yield `${fields.map(([name]) => name).join(',')}\r\n`;
    for (const row of rows)
      yield `${fields.map(([, field]) => csvCell(exportedValue(field, row, now))).join(',')}\r\n`;
    return;
  }
  const head = { table, filter, exportedAt: isoTime(now) };
  yield `${asciiJson(head).slice(0, -1)},"rows":[`;
  let isFirst = true;
  for (const row of rows) {
    const values = Object.fromEntries(fields.map(([name, field]) => [name, exportedValue(field, row, now)]));
    yield `${isFirst ? '\n' : ',\n'}${asciiJson(values)}`;
    isFirst = false;
  }
  yield '\n]}\n';
}

function exportedValue<T>(field: Field<T>, row: T, now: number): Value {
  switch (field.kind) {
    case 'texts':
      return field.of(row, now);
    case 'ranges':
      return field.of(row, now).map(([first, last]) => `${first}-${last}`);
    case 'time': {
      const time = field.of(row, now);
      return time === null ? null : isoTime(time);
    }
    case 'age': {
      const time = field.of(row, now);
      return time === null ? null : Math.max(0, Math.floor((now - time) / 1000));
    }
    case 'left': {
      const time = field.of(row, now);
      return time === null ? null : Math.floor((time - now) / 1000);
    }
    case 'duration': {
      const ms = field.of(row, now);
      return ms === null ? null : ms / 1000;
    }
    default:
      return field.of(row, now);
  }
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 19)}Z`;
}

/**
 * A cell that a spreadsheet shows and does not run: a text that begins like a formula gets an apostrophe in front, as
 * OWASP advises for CSV injection; numbers stay numbers.
 */
function csvCell(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = safeText(typeof value === 'string' ? value : value.join('+'));
  const shown = /^\s*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\s;']/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
