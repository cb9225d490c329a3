import { encodeResult } from '../../../fsso/rpc/interfaces/even6.ts';
import { valueTypes } from '../../../fsso/windows/binary-xml/format.ts';
import { fileTimeBytes, type TypedValue } from '../../../fsso/windows/binary-xml/values.ts';
import {
  type Content,
  type TemplateElement,
  templateDefinition,
  templateInstance,
} from '../../../fsso/windows/binary-xml/writer.ts';
import { namedStrings } from '../../../fsso/windows/event-strings.ts';
import type { LogRecord } from '../security-log.ts';

const eventTemplate = '5d2f8a2e-0c0e-4d5b-9a3c-0b6f2a7e1c01';
const dataTemplate = '5d2f8a2e-0c0e-4d5b-9a3c-0b6f2a7e1c02';
const namespace = 'http://schemas.microsoft.com/win/2004/08/events/event';

const wide = (text: string) => Buffer.from(text, 'utf16le');
const unsigned = (value: number, bytes: 1 | 2 | 4) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};
const bigNumber = (value: bigint) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
};

const auditSuccess = 0x8020000000000000n;
const auditFailure = 0x8010000000000000n;

/** Definitions that were made, by what they are of: all events of a log have the same, and the data of all with one id. */
const definitions = new Map<string, Buffer>();

function definitionOf(what: string, element: TemplateElement): Buffer {
  const known = definitions.get(what) ?? templateDefinition(element);
  definitions.set(what, known);
  return known;
}

/** A record as MS-EVEN6 sends it: a template of the event, with its data in a template of their own. */
export function resultOf(log: string, record: LogRecord): Buffer {
  const values: TypedValue[] = [];
  const value = (type: number, bytes: Buffer): Content => {
    values.push({ type, bytes });
    return { value: values.length - 1, type };
  };
  const nothing = Buffer.alloc(0);
  const element = {
    name: 'Event',
    attributes: { xmlns: namespace },
    content: [
      {
        name: 'System',
        content: [
          {
            name: 'Provider',
            attributes: {
              Name: value(valueTypes.text, wide(record.source)),
              Guid: value(valueTypes.nothing, nothing),
            },
          },
          { name: 'EventID', content: [value(valueTypes.uint16, unsigned(record.id, 2))] },
          { name: 'Version', content: [value(valueTypes.uint8, unsigned(0, 1))] },
          { name: 'Level', content: [value(valueTypes.uint8, unsigned(0, 1))] },
          {
            name: 'Keywords',
            content: [value(valueTypes.hex64, bigNumber(record.type === 16 ? auditFailure : auditSuccess))],
          },
          {
            name: 'TimeCreated',
            attributes: { SystemTime: value(valueTypes.fileTime, fileTimeBytes(record.generated * 1000)) },
          },
          { name: 'EventRecordID', content: [value(valueTypes.uint64, bigNumber(BigInt(record.record)))] },
          { name: 'Channel', content: [log] },
          { name: 'Computer', content: [value(valueTypes.text, wide(record.computer))] },
          { name: 'Security', attributes: { UserID: value(valueTypes.nothing, nothing) } },
        ],
      },
      value(valueTypes.xml, dataOf(record)),
    ],
  };
  return encodeResult(
    Buffer.concat([templateInstance(eventTemplate, definitionOf(log, element), values), Buffer.alloc(1)]),
  );
}

function dataOf({ id, strings }: LogRecord): Buffer {
  const data = Object.entries(namedStrings(id, strings) ?? {});
  const element = {
    name: 'EventData',
    content: data.map(([name], index) => ({
      name: 'Data',
      attributes: { Name: name },
      content: [{ value: index, type: valueTypes.text }],
    })),
  };
  const names = data.map(([name]) => name).join();
  return templateInstance(
    dataTemplate,
    definitionOf(`data ${names}`, element),
    data.map(([, text]) => ({ type: valueTypes.text, bytes: wide(text) })),
  );
}
