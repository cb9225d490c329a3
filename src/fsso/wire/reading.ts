import { readIpv4, readIpv6 } from './address.ts';
import { checkNesting, type Element, type ElementCursor, headerBytes } from './element.ts';
import type { LogonRecord, Message, PortRange } from './messages.ts';
import {
  attributeCodes as attribute,
  attributeValues,
  elementTypes,
  ipv6Candidates,
  type Limits,
  messageCodes,
} from './profile.ts';

/** What a decoder met and put up with; all of it is counted from the start of the stream. */
export interface Tally {
  /** Messages, records and events that could not be read and were handed on as `unknown`. */
  unknown: number;
  /** Attributes that we do not know; they are in `extra`. */
  unknownAttributes: number;
  /** Elements of type integer with a size other than 4; they are in `extra` as raw bytes. */
  misshapenIntegers: number;
  /** Port ranges dropped: the first port above the last, or more than the limit. */
  rejectedRanges: number;
  /** Records whose two logon flags contradict each other. */
  contradictions: number;
  /** Attributes dropped because `extra` was full. */
  droppedAttributes: number;
}

/** A tally with nothing in it. */
export function emptyTally(): Tally {
  return {
    unknown: 0,
    unknownAttributes: 0,
    misshapenIntegers: 0,
    rejectedRanges: 0,
    contradictions: 0,
    droppedAttributes: 0,
  };
}

/** The list of unknown attributes of one message, within the limits. */
export class Extras {
  readonly list: Element[] = [];
  #bytes = 0;
  readonly #limits: Limits;
  readonly #tally: Tally;

  constructor(limits: Limits, tally: Tally) {
    this.#limits = limits;
    this.#tally = tally;
  }

  /** Keeps the element under the cursor, itself at `depth`, as raw bytes. Throws DecodeError where it is malformed inside. */
  keep(cursor: ElementCursor, depth: number): void {
    if (cursor.type === elementTypes.container) checkNesting(cursor, depth);
    const size = cursor.end - cursor.start;
    this.#tally.unknownAttributes++;
    if (cursor.type === elementTypes.integer && size !== 4) this.#tally.misshapenIntegers++;
    if (this.list.length >= this.#limits.extras || this.#bytes + size > this.#limits.extraBytes) {
      this.#tally.droppedAttributes++;
      return;
    }
    this.#bytes += size;
    this.list.push({ code: cursor.code, type: cursor.type, value: cursor.copy });
  }
}

const depthInMessage = 2;
const depthInRecord = 3;

/**
 * The record in the container under the cursor, or null where it has no address and so cannot be an entry. Throws
 * DecodeError where the elements in it are malformed (docs/protocol/fsso.md, Logon record).
 */
export function readRecord(container: ElementCursor, limits: Limits, tally: Tally): LogonRecord | null {
  const extras = new Extras(limits, tally);
  const portRanges: PortRange[] = [];
  let ip: string | null = null;
  let loggedOn = -1;
  let loggedOff = -1;
  let session = 0;
  let kind: number = attributeValues.kindPlain;
  let logonTime = 0;
  let user = '';
  let domain = '';
  let workstation = '';
  let groups = '';
  const child = container.children();
  while (child.next()) {
    if (child.isInteger) {
      const value = child.integer;
      if (child.code === attribute.loggedOn) loggedOn = value;
      else if (child.code === attribute.loggedOff) loggedOff = value;
      else if (child.code === attribute.kind) kind = value;
      else if (child.code === attribute.ip) ip = readIpv4(child.bytes, child.start);
      else if (child.code === attribute.logonTime) logonTime = value;
      else if (child.code === attribute.session) session = value;
      else if (child.code === attribute.portRange) {
        const first = value >>> 16;
        const last = value & 0xffff;
        if (first <= last && portRanges.length < limits.portRanges) portRanges.push([first, last]);
        else tally.rejectedRanges++;
      } else extras.keep(child, depthInRecord);
    } else if (child.isText) {
      if (child.code === attribute.workstation) workstation = child.text;
      else if (child.code === attribute.domain) domain = child.text;
      else if (child.code === attribute.user) user = child.text;
      else if (child.code === attribute.groups) groups = child.text;
      else extras.keep(child, depthInRecord);
    } else extras.keep(child, depthInRecord);
  }
  if (loggedOn !== -1 && loggedOff !== -1 && (loggedOn === 0) !== (loggedOff === 1)) tally.contradictions++;
  ip ??= ipv6In(extras.list);
  if (ip === null) return null;
  return {
    loggedOn: loggedOn === -1 ? loggedOff !== 1 : loggedOn !== 0,
    ip,
    session,
    user,
    domain,
    workstation,
    groups,
    logonTime,
    kind,
    portRanges,
    extra: extras.list,
  };
}

const ipv6Bytes = 16;

/** The address of a record without an IPv4 address, where one of the attributes that nobody has seen is as long as one. */
function ipv6In(extra: readonly Element[]): string | null {
  for (const { code, value } of extra) {
    if (!ipv6Candidates.has(code) || !Buffer.isBuffer(value)) continue;
    if (value.length === ipv6Bytes || value.length === ipv6Bytes + 1) return readIpv6(value, 0);
  }
  return null;
}

/** A message or record that is kept as it came: its first bytes, the header included. */
export function unknownMessage(cursor: ElementCursor, limits: Limits, tally: Tally): Message {
  tally.unknown++;
  const start = cursor.start - headerBytes;
  const end = Math.min(cursor.end, start + limits.unknownKept);
  return {
    kind: 'unknown',
    code: cursor.code,
    bytes: Buffer.from(cursor.bytes.subarray(start, end)),
    length: cursor.end - start,
  };
}

/**
 * The messages in one complete frame other than a BULK: one, but for an EVENT with several records, of which all but
 * the first carry sequence number 0, as events may. Throws DecodeError (docs/protocol/fsso.md, Messages).
 */
export function readMessage(frame: ElementCursor, limits: Limits, tally: Tally): [Message, ...Message[]] {
  switch (frame.code) {
    case messageCodes.hello:
      return [readHello(frame, limits, tally)];
    case messageCodes.groupFilter:
      return [readGroupFilter(frame, limits, tally)];
    case messageCodes.event:
      return readEvent(frame, limits, tally);
    default:
      return [readNumbers(frame, limits, tally)];
  }
}

function readHello(frame: ElementCursor, limits: Limits, tally: Tally): Message {
  const extras = new Extras(limits, tally);
  let sync = 0;
  let capability = 0;
  let name = '';
  let identity = '';
  let proof: Buffer = Buffer.alloc(0);
  const child = frame.children();
  while (child.next()) {
    if (child.code === attribute.sync && child.isInteger) sync = child.integer;
    else if (child.code === attribute.capability && child.isInteger) capability = child.integer;
    else if (child.code === attribute.name && child.isText) name = child.paddedText;
    else if (child.code === attribute.identity && child.isText) identity = child.paddedText;
    else if (child.code === attribute.proof && child.isText) proof = child.copy;
    else extras.keep(child, depthInMessage);
  }
  return { kind: 'hello', sync, capability, name, identity, proof, extra: extras.list };
}

// The codes inside a group filter are a guess, so it is read by position and type: each container names one group by the
// first string in it.
function readGroupFilter(frame: ElementCursor, limits: Limits, tally: Tally): Message {
  const extras = new Extras(limits, tally);
  const groups: string[] = [];
  let sync = 0;
  let hasCount = false;
  const child = frame.children();
  while (child.next()) {
    if (child.code === attribute.sync && child.isInteger) sync = child.integer;
    else if (child.isInteger && !hasCount) hasCount = true;
    else if (child.type === elementTypes.container) {
      checkNesting(child, depthInMessage);
      const group = firstString(child);
      if (group === null) extras.keep(child, depthInMessage);
      else groups.push(group);
    } else extras.keep(child, depthInMessage);
  }
  return { kind: 'group-filter', sync, groups, extra: extras.list };
}

function firstString(container: ElementCursor): string | null {
  const child = container.children();
  while (child.next()) if (child.type === elementTypes.string) return child.paddedText;
  return null;
}

function readEvent(frame: ElementCursor, limits: Limits, tally: Tally): [Message, ...Message[]] {
  const extras = new Extras(limits, tally);
  const records: LogonRecord[] = [];
  let sync = 0;
  const child = frame.children();
  while (child.next()) {
    if (child.code === attribute.sync && child.isInteger) sync = child.integer;
    else if (child.code === attribute.record && child.type === elementTypes.container) {
      const record = readRecord(child, limits, tally);
      if (record !== null) records.push(record);
    } else if (!(child.code === attribute.eventFirst && child.isInteger)) extras.keep(child, depthInMessage);
  }
  const [first, ...others] = records;
  if (first === undefined) return [unknownMessage(frame, limits, tally)];
  return [
    { kind: 'event', sync, record: first, extra: extras.list },
    ...others.map((record): Message => ({ kind: 'event', sync: 0, record, extra: [] })),
  ];
}

const constantAttributes: ReadonlySet<number> = new Set([attribute.sendAllFirst, attribute.sendAllSecond]);

function readNumbers(frame: ElementCursor, limits: Limits, tally: Tally): Message {
  const extras = new Extras(limits, tally);
  let sync = 0;
  let status = 0;
  const child = frame.children();
  while (child.next()) {
    if (child.code === attribute.sync && child.isInteger) sync = child.integer;
    else if (frame.code === messageCodes.authResult && child.code === attribute.status && child.isInteger)
      status = child.integer;
    else if (!(frame.code === messageCodes.sendAll && constantAttributes.has(child.code) && child.isInteger))
      extras.keep(child, depthInMessage);
  }
  const extra = extras.list;
  if (frame.code === messageCodes.authResult) return { kind: 'auth-result', sync, status, extra };
  return frame.code === messageCodes.sendAll
    ? { kind: 'send-all', sync, extra }
    : { kind: 'keepalive', sync, extra };
}
