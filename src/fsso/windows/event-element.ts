import type { XmlElement } from './binary-xml/reader.ts';
import type { LogEvent } from './reading.ts';

const mostData = 200;

const child = (element: XmlElement | undefined, name: string) =>
  element?.children.find((each) => each.name === name);

/** The event that an element tells of, as MS-EVEN6 2.2.13 has it; null for what is no event. Texts are raw. */
export function eventOfElement(event: XmlElement): LogEvent | null {
  const system = child(event, 'System');
  const text = (name: string) => child(system, name)?.text ?? '';
  const id = Number(text('EventID'));
  const record = Number(text('EventRecordID'));
  const time = Date.parse(child(system, 'TimeCreated')?.attributes['SystemTime'] ?? '');
  if (event.name !== 'Event' || !Number.isInteger(id) || id < 1 || Number.isNaN(time)) return null;
  if (!Number.isSafeInteger(record) || record < 1) return null;
  const data: Record<string, string> = Object.create(null);
  for (const { name, attributes, text: value } of (child(event, 'EventData')?.children ?? []).slice(
    0,
    mostData,
  )) {
    const key = attributes['Name'];
    if (name === 'Data' && key !== undefined) data[key] = value.trim();
  }
  return { record, id, time, computer: text('Computer'), data };
}
