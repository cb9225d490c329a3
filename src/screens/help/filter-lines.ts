import type { Field, Fields } from '../../query/fields.ts';
import { syntaxRows } from '../../query/syntax.ts';
import type { Run } from '../parts/columns.ts';
import { composeRule } from '../parts/compose-line.ts';
import { composeLong } from '../parts/fields.ts';

const syntaxWidth = 31;
const nameWidth = 25;

/** How filters are written, and what one of the table `title` may name. */
export function filterLines(title: string, fields: Fields<never>, width: number, rule: string): Run[][] {
  return [
    ...syntaxRows.flatMap(([written, finds]) => composeLong([written, finds], width, syntaxWidth)),
    [],
    ...composeLong(
      ['', 'Tab after / completes names and values; a mistake is told with its place.', 'muted'],
      width,
      0,
    ),
    composeRule(`Fields of ${title}`, width, rule),
    ...Object.entries(fields).flatMap(([name, field]) =>
      composeLong([[name, ...(field.aliases ?? [])].join(' '), fieldText(field)], width, nameWidth),
    ),
  ];
}

function fieldText(field: Field<never>): string {
  if (field.kind !== 'one-of') return field.help;
  const values = field.values.map((value) => (/\s/.test(value) ? `"${value}"` : value));
  return `${field.help}: ${values.join(' ')}`;
}
