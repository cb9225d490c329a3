import type { XmlElement } from './xml.ts';

/** A value of this name in an instance of WMI; null where it is absent or nil. Names differ in case only by mistake. */
export function property(instance: XmlElement, name: string): string | null {
  const [first] = elements(instance, name);
  return first === undefined || isNil(first) ? null : innerText(first).trim();
}

/** The values of an array, as they stand; nil ones are blank, a nil array is empty. */
export function values(instance: XmlElement, name: string): string[] {
  const found = elements(instance, name);
  const [only] = found;
  if (found.length === 1 && only !== undefined && isNil(only)) return [];
  return found.map((each) => (isNil(each) ? '' : innerText(each)));
}

/** A whole number of at most 53 bits, 0 and more; null where there is none. */
export function whole(instance: XmlElement, name: string): number | null {
  const text = property(instance, name);
  if (text === null || !/^\d{1,16}$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

/** A moment, in milliseconds since the epoch; null where there is none. */
export function moment(instance: XmlElement, name: string): number | null {
  const text = property(instance, name);
  return text === null ? null : (readDmtf(text) ?? readIso(text));
}

/** An instance inside of another, such as the one that an event is about. */
export function embedded(instance: XmlElement, name: string): XmlElement | null {
  return elements(instance, name)[0] ?? null;
}

function elements(instance: XmlElement, name: string): XmlElement[] {
  const wanted = name.toLowerCase();
  return instance.children.filter((each) => each.name.toLowerCase() === wanted);
}

const isNil = (element: XmlElement) => /^(?:true|1)$/.test(element.attributes.get('nil') ?? '');

/** Times stand in an element of their own (DSP0230, 8.2). */
function innerText(element: XmlElement): string {
  const [inner] = element.children;
  return inner !== undefined && /^(?:datetime|interval)$/i.test(inner.name) ? inner.text : element.text;
}

const dmtf = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{6})([+-])(\d{3})$/;

/**
 * Milliseconds since the epoch of a time as WMI itself writes it, `20260115093000.123456+060`: local time, and how many
 * minutes it is ahead of UTC (DSP0004, 5.2.4). Null for anything else, intervals and unknown digits (`*`) among it.
 */
export function readDmtf(text: string): number | null {
  const match = dmtf.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second, micros] = match.slice(1, 8).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Math.floor(micros / 1000);
  const local = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const offset = Number(match[9]) * (match[8] === '-' ? -1 : 1);
  const isReal = new Date(local)
    .toISOString()
    .startsWith(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}`);
  return year < 100 || !isReal || second > 59 ? null : local - offset * 60_000;
}

/** The same moment as WMI writes it, in UTC. */
export function writeDmtf(ms: number): string {
  const digits = new Date(ms).toISOString().replace(/[-T:Z]/g, '');
  return `${digits}000+000`;
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch of `2026-01-15T09:30:00.123456+01:00`; without a zone it says too little. */
function readIso(text: string): number | null {
  const ms = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
