import { ipv4ToNumber } from './address.ts';
import { type Element, EncodeError, encodeElement } from './element.ts';
import {
  attributeCodes as attribute,
  attributeValues,
  elementTypes,
  messageCodes,
  type Sender,
} from './profile.ts';

/** Ports of one block, both inclusive, `first` not above `last`. */
export type PortRange = readonly [first: number, last: number];

/** One logon or logoff as the collector tells it (docs/protocol/fsso.md, Logon record). */
export interface LogonRecord {
  loggedOn: boolean;
  /** Address of the client. Only IPv4 can be sent; an IPv6 address is read where an attribute looks like one. */
  ip: string;
  /** Terminal-server session, 0 where there is none. */
  session: number;
  user: string;
  domain: string;
  workstation: string;
  /** Groups as they came, joined by `+`; `splitGroups` takes them apart. */
  groups: string;
  /** Unix seconds of the collector's clock. */
  logonTime: number;
  /** 1 for a plain logon, 16 for one of a terminal server. */
  kind: number;
  portRanges: PortRange[];
  /** Attributes that we do not know, values as raw bytes. */
  extra: Element[];
}

/** What both sides say first (docs/protocol/fsso.md, Messages). */
export interface Hello {
  sync: number;
  capability: number;
  /** Banner of the collector or name of the FortiGate, without its NUL. */
  name: string;
  /** Identity without padding; a FortiGate's is `SERIAL-VDOM`, and exactly this text is what a response proves. */
  identity: string;
  /** Challenge from the collector, response from the FortiGate: 16 bytes in all that was seen, empty when absent. */
  proof: Buffer;
  extra: Element[];
}

/**
 * What a decoder hands on (docs/protocol/fsso.md, Messages). `extra` holds attributes that we do not know, values as raw
 * bytes; of a BULK those before the first record come with its start, the others with its end.
 */
export type Message =
  | ({ kind: 'hello' } & Hello)
  | { kind: 'group-filter'; sync: number; groups: string[]; extra: Element[] }
  | { kind: 'send-all'; sync: number; extra: Element[] }
  | { kind: 'bulk-start'; sync: number; extra: Element[] }
  | { kind: 'bulk-record'; record: LogonRecord }
  | { kind: 'bulk-end'; extra: Element[] }
  | { kind: 'event'; sync: number; record: LogonRecord; extra: Element[] }
  | { kind: 'keepalive'; sync: number; extra: Element[] }
  | { kind: 'auth-result'; sync: number; status: number; extra: Element[] }
  /** `bytes` begin with the element's header; they are the first ones where `length`, the announced one, is larger. */
  | { kind: 'unknown'; code: number; bytes: Buffer; length: number };

/** What an encoder needs of a hello; `identityPadding` is the number of NULs behind a FortiGate's identity. */
export type HelloToSend = Pick<Hello, 'sync' | 'name' | 'identity' | 'proof'> &
  Partial<Pick<Hello, 'capability' | 'extra'>> & { identityPadding?: number };

const integer = (code: number, value: number): Element => ({ code, type: elementTypes.integer, value });
const string = (code: number, value: string): Element => ({ code, type: elementTypes.string, value });
const opaque = (code: number, value: Buffer | string): Element => ({
  code,
  type: elementTypes.opaque,
  value,
});
const container = (code: number, value: Element[]): Element => ({
  code,
  type: elementTypes.container,
  value,
});

function encodeMessage(code: number, sync: number, children: Element[]): Buffer {
  return encodeElement(container(code, [integer(attribute.sync, sync), ...children]));
}

/** HELLO of either side; the FortiGate's name gets its NUL here. */
export function encodeHello(from: Sender, hello: HelloToSend): Buffer {
  const { sync, name, identity, proof, identityPadding = 0, extra = [] } = hello;
  const capability = integer(attribute.capability, hello.capability ?? attributeValues.capability[from]);
  const own = opaque(attribute.proof, proof);
  const who = opaque(attribute.identity, `${identity}${'\0'.repeat(identityPadding)}`);
  const children =
    from === 'collector'
      ? [capability, string(attribute.name, name), own, who]
      : [capability, opaque(attribute.name, `${name}\0`), who, own];
  return encodeMessage(messageCodes.hello, sync, [...children, ...extra]);
}

/** GROUP_FILTER with the names the collector is to send logons of; an empty list clears the filter. */
export function encodeGroupFilter(sync: number, groups: readonly string[]): Buffer {
  return encodeMessage(messageCodes.groupFilter, sync, [
    integer(attribute.filterCount, groups.length),
    ...groups.map((group) => container(attribute.filterGroup, [string(attribute.filterGroupName, group)])),
  ]);
}

/** SEND_ALL, which asks for a BULK of every logon that passes the filter. */
export function encodeSendAll(sync: number): Buffer {
  return encodeMessage(messageCodes.sendAll, sync, [
    integer(attribute.sendAllFirst, attributeValues.sendAllFirst),
    integer(attribute.sendAllSecond, attributeValues.sendAllSecond),
  ]);
}

/** One BULK frame. Split a long table over frames of `mostRecordsPerBulk` records. */
export function encodeBulk(sync: number, records: readonly LogonRecord[]): Buffer {
  return encodeMessage(messageCodes.bulk, sync, [
    integer(attribute.bulkFirst, attributeValues.bulkFirst),
    integer(attribute.bulkSecond, attributeValues.bulkSecond),
    ...records.map(recordElement),
  ]);
}

/** EVENT: one logon or logoff. */
export function encodeEvent(sync: number, record: LogonRecord): Buffer {
  return encodeMessage(messageCodes.event, sync, [
    integer(attribute.eventFirst, attributeValues.eventFirst),
    recordElement(record),
  ]);
}

/**
 * Where a message's own sequence number stands: the first attribute's value, behind the headers of both elements. A frame
 * that several peers are sent needs another one for each (docs/protocol/fsso.md, Sequence numbers).
 */
export const syncOffset = 12;

/** KEEPALIVE of either side. */
export function encodeKeepalive(sync: number): Buffer {
  return encodeMessage(messageCodes.keepalive, sync, []);
}

/** AUTH_RESULT; `sync` is the one of the FortiGate's hello, `status` 1 accepts. */
export function encodeAuthResult(sync: number, status: number): Buffer {
  return encodeMessage(messageCodes.authResult, sync, [integer(attribute.status, status)]);
}

/**
 * The container of one record (docs/protocol/fsso.md, Logon record). Throws EncodeError for an address that is not IPv4
 * or a range that is not one.
 */
export function recordElement(record: LogonRecord): Element {
  const children = [
    integer(attribute.loggedOn, record.loggedOn ? 1 : 0),
    integer(attribute.loggedOff, record.loggedOn ? 0 : 1),
    integer(attribute.kind, record.kind),
    integer(attribute.ip, ipv4ToNumber(record.ip, 'ip')),
    integer(attribute.logonTime, record.logonTime),
    string(attribute.workstation, record.workstation),
    string(attribute.domain, record.domain),
    string(attribute.user, record.user),
    string(attribute.groups, record.groups),
  ];
  if (record.session !== 0 || record.portRanges.length > 0)
    children.push(integer(attribute.session, record.session));
  for (const range of record.portRanges)
    children.push(integer(attribute.portRange, portRangeToNumber(range, 'portRanges')));
  children.push(...record.extra);
  return container(attribute.record, children);
}

/** First port in the high half, last port in the low half. Throws EncodeError, naming `field`. */
export function portRangeToNumber([first, last]: PortRange, field: string): number {
  const fits = (port: number) => Number.isInteger(port) && port >= 0 && port <= 0xffff;
  if (!fits(first) || !fits(last) || first > last)
    throw new EncodeError(field, `${first}-${last} is not a range of ports`);
  return first * 0x10000 + last;
}
