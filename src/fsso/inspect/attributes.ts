import type { MessageAttribute } from '../../message-trace.ts';
import { readIpv4 } from '../wire/address.ts';
import { headerBytes, readPaddedText, readText } from '../wire/element.ts';
import { attributeValues, deepestNesting, elementTypes, type Sender } from '../wire/profile.ts';
import { knownAttribute, typeName, type ValueForm } from './code-names.ts';

/**
 * Every attribute in a message, the header of the message itself left out, in the order in which they stand there. It never
 * throws: what is malformed is shown as bytes, and of a message that is longer than what is kept, what there is.
 */
export function readAttributes(bytes: Buffer, from: Sender): MessageAttribute[] {
  const found: MessageAttribute[] = [];
  if (!beginsAsMessage(bytes)) return [block(bytes, 0, bytes.length, 1, 'no message')];
  walk({ bytes, from, found }, headerBytes, bytes.readUInt32BE(0), 1);
  return found;
}

interface Walk {
  readonly bytes: Buffer;
  readonly from: Sender;
  readonly found: MessageAttribute[];
}

/** Whether there is a header in front, of a container that is no shorter than that. */
export function beginsAsMessage(bytes: Buffer): boolean {
  return (
    bytes.length >= headerBytes && bytes[5] === elementTypes.container && bytes.readUInt32BE(0) >= headerBytes
  );
}

function walk(over: Walk, start: number, end: number, depth: number): void {
  const { bytes, from, found } = over;
  for (let at = start; at < Math.min(end, bytes.length); ) {
    const room = Math.min(end, bytes.length) - at;
    const length = room < headerBytes ? 0 : bytes.readUInt32BE(at);
    if (length < headerBytes || length > end - at) {
      const isCut = room < headerBytes && end > bytes.length;
      const why = isCut ? 'not kept from here on' : 'no attribute: its length does not fit';
      found.push(block(bytes, at, room, depth, why));
      return;
    }
    const code = bytes[at + 4] as number;
    const type = bytes[at + 5] as number;
    const value = { start: at + headerBytes, end: at + length };
    const known = knownAttribute(code, type, from);
    const own = { offset: at, depth, code, type: typeName(type), length };
    if (type === elementTypes.container && depth < deepestNesting) {
      found.push({ ...own, name: known?.name ?? null, value: '', bytes: null });
      walk(over, value.start, value.end, depth + 1);
    } else {
      const text = known === null ? null : valueText(bytes, value.start, value.end, known.form, from);
      const shown = bytes.subarray(value.start, Math.min(value.end, bytes.length));
      found.push({
        ...own,
        name: known?.name ?? null,
        value: text ?? '',
        bytes: text === null ? { offset: value.start, value: shown } : null,
      });
    }
    at = value.end;
  }
}

function block(bytes: Buffer, at: number, room: number, depth: number, name: string): MessageAttribute {
  return {
    offset: at,
    depth,
    code: null,
    name,
    type: '',
    length: room,
    value: '',
    bytes: { offset: at, value: bytes.subarray(at, at + room) },
  };
}

/** Null where the value is not of its form, or is not there as a whole. */
function valueText(bytes: Buffer, start: number, end: number, form: ValueForm, from: Sender): string | null {
  if (end > bytes.length) return null;
  if (form === 'text') return readText(bytes, start, end);
  if (form === 'padded') return paddedText(bytes, start, end);
  if (form === 'proof') return proofText(bytes.subarray(start, end), from);
  if (form === 'children') return null;
  return end - start === 4 ? numberText(bytes, start, form) : null;
}

function numberText(bytes: Buffer, at: number, form: ValueForm): string | null {
  const value = bytes.readUInt32BE(at);
  switch (form) {
    case 'address':
      return readIpv4(bytes, at);
    case 'time':
      return `${value} (${new Date(value * 1000).toISOString().replace('.000', '')})`;
    case 'flag':
      return value === 0 ? '0, no' : value === 1 ? '1, yes' : String(value);
    case 'kind':
      if (value === attributeValues.kindPlain) return `${value}, plain`;
      return value === attributeValues.kindTerminal ? `${value}, terminal server` : String(value);
    case 'ports':
      return `${value >>> 16}-${value & 0xffff}`;
    case 'status':
      return `${value}, ${value === attributeValues.accepted ? 'accepted' : 'refused'}`;
    default:
      return String(value);
  }
}

function paddedText(bytes: Buffer, start: number, end: number): string {
  const text = readPaddedText(bytes, start, end);
  const nuls = bytes.subarray(start, end).filter((octet) => octet === 0).length;
  return nuls === 0 ? text : `${text} (and ${nuls} NUL)`;
}

/** The challenge as FortiOS prints it. The response is not known here: it could be tried against guesses of the password. */
function proofText(bytes: Buffer, from: Sender): string {
  if (from === 'fortigate') return `${bytes.length} bytes, not kept: they prove the password`;
  const hex = [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > 0 && bytes.every((octet) => octet === 0)
    ? `${hex} (zeros: no password is asked for)`
    : hex;
}
