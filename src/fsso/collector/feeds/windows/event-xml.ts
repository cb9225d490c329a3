import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** What a Windows event says, as far as logons go. Texts are raw. */
export interface WindowsEvent {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The machine whose log it is from. */
  readonly computer: string;
  /** Number of the record in the log it is from; null where it does not say. */
  readonly record: number | null;
  /** Name of that log; null as above. */
  readonly log: string | null;
  /** The named values of its data. */
  readonly data: Readonly<Record<string, string>>;
}

/** Characters of one event; those of logons have about 3,000. */
export const longestEvent = 65_536;

/** Characters of the name of a log, as the configuration takes them. */
const longestLog = 255;

const begin = /<Event[\s>]/g;
const end = '</Event>';

/**
 * Cuts events out of text: a document of one, of many in any envelope, or one behind the other without a root.
 * @returns the events as they stand, how many were too long, and the character from which on the text has to be kept
 */
export function cutEvents(text: string): { found: string[]; tooLong: number; rest: number } {
  const found: string[] = [];
  let tooLong = 0;
  let at = 0;
  for (;;) {
    begin.lastIndex = at;
    const start = begin.exec(text)?.index ?? -1;
    // A tag may be cut in two: its first characters are kept.
    if (start === -1) return { found, tooLong, rest: Math.max(at, text.length - '<Event'.length) };
    const stop = text.indexOf(end, start);
    if (stop === -1) {
      const isLost = text.length - start > longestEvent;
      return { found, tooLong: tooLong + Number(isLost), rest: isLost ? text.length : start };
    }
    at = stop + end.length;
    if (at - start > longestEvent) tooLong += 1;
    else found.push(text.slice(start, at));
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  removeNSPrefix: true,
  isArray: (name) => name === 'Data',
});

const mostData = 200;

/** Null for what is no event of Windows. Never throws, whatever the text. */
export function readEvent(xml: string): WindowsEvent | null {
  // Entities of a document's own are what XML is attacked with; events have none.
  if (xml.includes('<!')) return null;
  try {
    // The parser takes a document that ends too early without a word.
    if (XMLValidator.validate(xml) !== true) return null;
    const event = record(record(parser.parse(xml))['Event']);
    const system = record(event['System']);
    const id = Number(textOf(system['EventID']));
    const time = Date.parse(textOf(record(system['TimeCreated'])['@SystemTime']));
    const values = record(event['EventData'])['Data'];
    const data: Record<string, string> = Object.create(null);
    for (const value of Array.isArray(values) ? values.slice(0, mostData) : []) {
      const name = textOf(record(value)['@Name']);
      if (name !== '') data[name] = textOf(value);
    }
    if (!Number.isInteger(id) || id < 1 || Number.isNaN(time)) return null;
    const number = Number(textOf(system['EventRecordID']));
    return {
      ...{ id, time, data },
      computer: textOf(system['Computer']),
      record: Number.isSafeInteger(number) && number > 0 ? number : null,
      log: textOf(system['Channel']).slice(0, longestLog) || null,
    };
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The text of an element with or without attributes. */
function textOf(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? record(value)['#text'] : value;
  return typeof text === 'string' ? text : '';
}
