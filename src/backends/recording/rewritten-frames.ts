import { type Element, encodeElement } from '../../fsso/wire/element.ts';
import { type LogonRecord, recordElement } from '../../fsso/wire/messages.ts';
import { attributeCodes, elementTypes, ipv6Candidates, messageCodes } from '../../fsso/wire/profile.ts';

const integer = (code: number, value: number): Element => ({ code, type: elementTypes.integer, value });
const frame = (code: number, children: Element[]): Buffer =>
  encodeElement({ code, type: elementTypes.container, value: children });

/** An EVENT with this record. */
export function eventFrame(sync: number, record: Element): Buffer {
  return frame(messageCodes.event, [
    integer(attributeCodes.sync, sync),
    integer(attributeCodes.eventFirst, 0),
    record,
  ]);
}

/** A BULK with those of the records that can be told again. */
export function listFrame(sync: number, records: readonly LogonRecord[]): Buffer {
  return frame(messageCodes.bulk, [
    integer(attributeCodes.sync, sync),
    ...records.map(recordOf).filter((record) => record !== null),
  ]);
}

/** The record with none of its unknown attributes but the one that its IPv6 address is read from. */
export function recordOf(record: LogonRecord): Element | null {
  if (!record.ip.includes(':')) return recordElement({ ...record, extra: [] });
  const address = record.extra.find(({ code }) => ipv6Candidates.has(code));
  if (address === undefined) return null;
  const element = recordElement({ ...record, ip: '0.0.0.0', extra: [address] });
  return {
    ...element,
    value: (element.value as Element[]).filter(({ code }) => code !== attributeCodes.ip),
  };
}
