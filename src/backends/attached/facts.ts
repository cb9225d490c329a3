import type { ComponentFact } from '../../state/changes.ts';

// What a status says as facts of a row, and the figures that are made from it.

export function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** The facts that are known. */
export function facts(...all: readonly (ComponentFact | null)[]): ComponentFact[] {
  return all.filter((fact) => fact !== null);
}

export function text(label: string, value: string): ComponentFact | null {
  return value === '' ? null : [label, { kind: 'text', value }];
}

export function counted(label: string, value: number | null, grouped = true): ComponentFact | null {
  if (value === null) return null;
  return grouped ? [label, { kind: 'count', value }] : [label, { kind: 'text', value: String(value) }];
}

export function ms(label: string, value: number | null): ComponentFact | null {
  return value === null ? null : [label, { kind: 'ms', value }];
}

export function moment(label: string, time: string | number | null): ComponentFact | null {
  if (time === null) return null;
  return [label, { kind: 'time', value: typeof time === 'number' ? time : Date.parse(time) }];
}

export function drops(dropped: Readonly<Record<string, number>>): (ComponentFact | null)[] {
  return Object.entries(dropped).map(([why, count]) =>
    counted(`Dropped, ${why.replaceAll('-', ' ')}`, count),
  );
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

/** Null where none is known. */
export function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
}

/** Histories slot by slot, their newest ends together; null where there is none. */
export function added(histories: readonly (readonly number[])[]): number[] | null {
  if (histories.length === 0) return null;
  const slots = Math.max(...histories.map(({ length }) => length));
  return Array.from({ length: slots }, (_, slot) =>
    histories.reduce((all, each) => all + (each[each.length - slots + slot] ?? 0), 0),
  );
}

/** `notUnderstood` as `Not understood`. */
export function spaced(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
