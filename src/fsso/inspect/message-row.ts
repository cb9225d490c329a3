import type { MessageRow } from '../../message-trace.ts';
import { DecodeError, ElementCursor, headerBytes } from '../wire/element.ts';
import type { Frame } from '../wire/frames.ts';
import type { LogonRecord, Message } from '../wire/messages.ts';
import {
  attributeCodes,
  attributeValues,
  defaultLimits,
  elementTypes,
  messageCodes,
  messagesFrom,
  type Sender,
} from '../wire/profile.ts';
import { emptyTally, readMessage, readRecord } from '../wire/reading.ts';
import { beginsAsMessage } from './attributes.ts';
import { messageName } from './code-names.ts';
import type { Traced, TracedEvent } from './trace.ts';

/** Who wrote what passed in a direction, seen from our side. */
export function senderOf(direction: 'received' | 'sent'): Sender {
  return direction === 'received' ? 'collector' : 'fortigate';
}

/** The line of one message, decoded as far as it can be. Never throws. */
export function messageRow(link: string, traced: Traced): MessageRow {
  const { number, at, connection, event } = traced;
  const own = { id: `${link}#${number}`, number, link, at };
  const of = { connection: connection.number, purpose: connection.purpose };
  if (event.kind === 'connection') return { ...own, ...of, ...connectionPart(event) };
  return { ...own, ...of, direction: event.direction, ...messagePart(event) };
}

/** Characters of what is no message. */
const wordsShown = 80;

const none = { code: null, sync: null, length: null, users: [], unknown: false } as const;

function connectionPart(event: Extract<TracedEvent, { kind: 'connection' }>) {
  const direction = 'link' as const;
  if (event.what !== 'closed') {
    const names = { begun: 'connecting', opened: 'connected', secured: 'secured' } as const;
    return { ...none, direction, name: names[event.what], summary: '' };
  }
  const why = event.code === null ? '' : `: ${event.code}`;
  const summary = event.by === 'us' ? 'by us' : `by the collector or on the way${why}`;
  return { ...none, direction, name: 'closed', summary };
}

interface MessagePart extends Pick<MessageRow, 'code' | 'sync' | 'length' | 'users' | 'unknown'> {
  readonly name: string;
  readonly summary: string;
}

function messagePart(event: Extract<TracedEvent, { kind: 'message' }>): MessagePart {
  const { frame, come } = event;
  const sender = senderOf(event.direction);
  const { code, length } = frame;
  const name = messageName(code) ?? 'unknown';
  if (!beginsAsMessage(frame.bytes) && (come === null || come >= headerBytes)) {
    const summary = `begins with ${JSON.stringify(frame.bytes.toString('latin1', 0, wordsShown))}`;
    return { ...none, name: 'no message', summary, unknown: true };
  }
  if (come !== null) {
    const summary = `broken off: ${count(come, 'byte')} of ${count(length, 'byte')} came`;
    const known = come >= headerBytes ? { code, length } : {};
    return { ...none, ...known, name: 'unfinished', summary, unknown: true };
  }
  const part = { code, length, name, sync: syncOf(frame.bytes), users: [], unknown: false };
  try {
    if (!messagesFrom[sender].has(code))
      return { ...part, summary: `not known; ${count(length - headerBytes, 'byte')} inside`, unknown: true };
    if (code === messageCodes.bulk) return { ...part, ...bulkPart(frame, sender) };
    if (frame.bytes.length < length)
      return { ...part, summary: `${count(length, 'byte')}, too long to be kept whole` };
    return { ...part, ...knownPart(frame, sender) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...part, summary: `malformed: ${error.message}`, unknown: true };
  }
}

type Said = Pick<MessagePart, 'summary' | 'users' | 'unknown'>;

function knownPart(frame: Frame, sender: Sender): Said {
  const tally = emptyTally();
  const cursor = new ElementCursor(frame.bytes, 0, frame.bytes.length);
  cursor.next();
  const messages = readMessage(cursor, defaultLimits[sender], tally);
  const users = messages.flatMap((message) => (message.kind === 'event' ? [message.record.user] : []));
  const odd = tally.unknownAttributes + tally.unknown;
  const summary = [messages.map((message) => summaryOf(message, sender)).join('; '), oddText(odd)];
  return { summary: summary.filter((each) => each !== '').join('; '), users, unknown: odd > 0 };
}

/** Of a BULK the number of its records, and those of which the bytes are kept. */
function bulkPart(frame: Frame, sender: Sender): Said {
  const tally = emptyTally();
  const users: string[] = [];
  let first: LogonRecord | null = null;
  const { bytes } = frame;
  for (let at = headerBytes; at + headerBytes <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    // The end of a long one is not kept.
    if (length < headerBytes || at + length > bytes.length) break;
    const child = new ElementCursor(bytes, at, at + length);
    child.next();
    at += length;
    const isRecord = child.code === attributeCodes.record && child.type === elementTypes.container;
    if (!isRecord) {
      tally.unknownAttributes += isBulkAttribute(child) ? 0 : 1;
      continue;
    }
    const record = readRecord(child, defaultLimits[sender], tally);
    if (record === null) tally.unknown += 1;
    else users.push(record.user);
    first ??= record;
  }
  const odd = tally.unknownAttributes + tally.unknown;
  const begins = first === null ? '' : `${frame.records === 1 ? '' : 'the first: '}${recordText(first)}`;
  const summary = [count(frame.records, 'record'), begins, oddText(odd)];
  return { summary: summary.filter((each) => each !== '').join('; '), users, unknown: odd > 0 };
}

function isBulkAttribute(child: ElementCursor): boolean {
  const { sync, bulkFirst, bulkSecond } = attributeCodes;
  return child.isInteger && [sync, bulkFirst, bulkSecond].some((code) => code === child.code);
}

function summaryOf(message: Message, sender: Sender): string {
  switch (message.kind) {
    case 'hello': {
      const who = `"${message.name}" as ${message.identity}`;
      if (sender === 'fortigate') return `${who}, with a response`;
      const isEmpty = message.proof.every((octet) => octet === 0);
      return isEmpty ? `${who}, asks for no password` : `${who}, with a challenge`;
    }
    case 'auth-result':
      return `${message.status}, ${message.status === attributeValues.accepted ? 'accepted' : 'refused'}`;
    case 'group-filter':
      if (message.groups.length === 0) return 'no groups: clears the filter';
      return `${count(message.groups.length, 'group')}: ${message.groups.slice(0, 3).join(', ')}`;
    case 'send-all':
      return 'asks for all logons';
    case 'event':
      return recordText(message.record);
    case 'unknown':
      return 'without an address';
    default:
      return '';
  }
}

function recordText({ loggedOn, user, domain, ip, session, workstation }: LogonRecord): string {
  const who = domain === '' ? user : `${domain}\\${user}`;
  const where = session === 0 ? ip : `${ip} session ${session}`;
  return `${loggedOn ? 'logon' : 'logoff'} of ${who} at ${where}${workstation === '' ? '' : ` (${workstation})`}`;
}

function oddText(odd: number): string {
  return odd === 0 ? '' : `${count(odd, 'part')} not known`;
}

function count(value: number, what: string): string {
  const digits = String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${digits} ${what}${value === 1 ? '' : 's'}`;
}

/** The sequence number stands first in every message. */
function syncOf(bytes: Buffer): number | null {
  const at = headerBytes;
  const isThere = bytes.length >= at + headerBytes + 4 && bytes[at + 4] === attributeCodes.sync;
  return isThere && bytes.readUInt32BE(at) === headerBytes + 4 ? bytes.readUInt32BE(at + headerBytes) : null;
}
