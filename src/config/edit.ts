import { isDeepStrictEqual } from 'node:util';
import { dataOf } from './edit/data.ts';
import { Editor } from './edit/editor.ts';
import { changedEntry, type EmsEdit, nested } from './edit/entry.ts';
import { byHand, refuse } from './edit/places.ts';

export { dataOf } from './edit/data.ts';
export type { EmsEdit, OptionValue } from './edit/entry.ts';
export { valueText } from './edit/values-text.ts';

/**
 * The text of a configuration after one change of its list `ems`. Only the bytes of what changes are touched: comments,
 * order, quoting and blank lines of everything else stay. The result is read again, and refused unless it says exactly
 * what the edit asked for.
 * @throws ConfigError when there is no such entry, or its place in the file cannot be changed safely
 */
export function editConfig(text: string, edit: EmsEdit): string {
  const data = dataOf(text) ?? refuse('the configuration is not valid YAML: mend it first');
  const wanted = applied(data, edit);
  const edited = new Editor(text).edit(edit);
  if (!isDeepStrictEqual(dataOf(edited), wanted)) refuse(byHand);
  return edited;
}

/** The same change of the data that a text says. */
export function applied(data: Record<string, unknown>, edit: EmsEdit): Record<string, unknown> {
  const list = Array.isArray(data['ems']) ? [...data['ems']] : [];
  if (edit.kind === 'add') return { ...data, ems: [...list, nested(edit.entry)] };
  const place = list.findIndex((entry) => entry?.name === edit.name);
  if (place < 0) refuse(`there is no EMS connector "${edit.name}" in the file any more`);
  if (edit.kind === 'delete') list.splice(place, 1);
  else {
    list[place] = changedEntry(list[place], edit.set, edit.remove);
  }
  return { ...data, ems: list };
}
