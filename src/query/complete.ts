import { type Field, type Fields, fieldNamed, kindExamples } from './fields.ts';
import { parseQuery } from './query.ts';
import { quoted } from './tree.ts';

// Values of the rows that are looked at, and offered.
const mostLooked = 2_000;
const mostOffered = 20;

/** The names of fields, as they are offered. */
export function fieldNames<T>(fields: Fields<T>): string[] {
  return Object.keys(fields);
}

/**
 * Whole queries that could follow from what was typed, best first: names of fields, and after a colon values: all of a
 * few, those of the rows for texts, examples for the rest.
 */
export function completeQuery<T>(text: string, fields: Fields<T>, rows: Iterable<T>, now: number): string[] {
  const [, head = '', last = ''] = /^(.*?[\s(]|)(-?(?:[A-Za-z-]+:)?=?(?:"[^"]*|[^\s("]*))$/s.exec(text) ?? [];
  if (last === '' && head === '' && text !== '') return [];
  const minus = last.startsWith('-') ? '-' : '';
  const begun = last.slice(minus.length);
  const colon = begun.indexOf(':');
  if (colon < 0) {
    const typed = begun.toLowerCase();
    return fieldNames(fields)
      .filter((name) => name.startsWith(typed))
      .map((name) => `${head}${minus}${name}:`);
  }
  const name = begun.slice(0, colon);
  const field = fieldNamed(fields, name.toLowerCase());
  if (field === undefined) return [];
  const [, sign = '', value = ''] = /^(=?)"?(.*)$/s.exec(begun.slice(colon + 1)) ?? [];
  return (
    valuesOf(field, rows, now)
      .filter((each) => each.toLowerCase().startsWith(value.toLowerCase()))
      .slice(0, mostOffered)
      .map((each) => `${name}:${sign}${written(each)}`)
      // `=` asks for the very value: `<10m` is none.
      .filter((term) => parseQuery(term, fields).ok)
      .map((term) => `${head}${minus}${term}`)
  );
}

function valuesOf<T>(field: Field<T>, rows: Iterable<T>, now: number): readonly string[] {
  if (field.kind === 'one-of') return field.values;
  if (field.kind !== 'text' && field.kind !== 'texts' && field.kind !== 'address') {
    return kindExamples[field.kind];
  }
  const found = new Set<string>();
  let looked = 0;
  for (const row of rows) {
    looked += 1;
    if (looked > mostLooked) break;
    const value = field.of(row, now);
    for (const each of value === null ? [] : typeof value === 'string' ? [value] : value) {
      if (each !== '') found.add(each);
    }
  }
  return [...found].sort();
}

/** In quotes where it would be read as something else without them. */
function written(value: string): string {
  return /^[^\s"()*<>=-][^\s()*]*$/.test(value) || /^[<>]/.test(value) ? value : quoted(value);
}
