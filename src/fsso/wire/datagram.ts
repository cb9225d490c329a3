import { ipv4ToNumber, ipv6ToBytes, readIpv4, readIpv6 } from './address.ts';
import { DecodeError, EncodeError, readPaddedText } from './element.ts';
import { type PortRange, portRangeToNumber } from './messages.ts';
import { datagramLayout as layout } from './profile.ts';

/** A session of a terminal server and the ports that its user's connections leave from. */
export interface TerminalSession {
  session: number;
  portRanges: PortRange[];
}

/** What an agent says in one UDP 8002 datagram (docs/protocol/fsso.md, Datagrams). */
export type Datagram =
  | {
      kind: 'logon';
      /** Unix seconds of the agent's clock. */
      time: number;
      /** IPv4 address of the client; null means that the collector has to resolve the workstation. */
      ip: string | null;
      /** Second IPv4 address of the workstation. */
      ip2: string | null;
      ipv6: string | null;
      workstation: string;
      domain: string;
      user: string;
      terminal: TerminalSession | null;
      /** Port ranges dropped because the first port is above the last. */
      rejectedRanges: number;
      /** What follows the text and was not understood. */
      tail: Buffer;
    }
  | { kind: 'keepalive'; time: number; domain: string; version: string }
  /** A text that has not three parts. */
  | { kind: 'unparsed'; time: number; ip: string | null; text: string; tail: Buffer };

type LogonDatagram = Datagram & { kind: 'logon' };

/** What the encoder takes; a logon may leave out what it has not. At most one of the addresses and `terminal`. */
export type DatagramToSend =
  | (Pick<LogonDatagram, 'kind' | 'time' | 'ip' | 'workstation' | 'domain' | 'user'> &
      Partial<Pick<LogonDatagram, 'ip2' | 'ipv6' | 'terminal' | 'tail' | 'rejectedRanges'>>)
  | (Datagram & { kind: 'keepalive' | 'unparsed' });

/**
 * Reads one datagram (docs/protocol/fsso.md, Datagrams). Throws DecodeError for what is to be dropped: shorter than 13
 * bytes, a length that is not the datagram's, a text that ends behind it.
 */
export function decodeDatagram(payload: Buffer): Datagram {
  const size = payload.length;
  if (size < layout.smallest)
    throw new DecodeError('truncated', size, `datagram of ${size} bytes, the least is ${layout.smallest}`);
  const length = payload.readUInt16BE(0);
  if (length !== size)
    throw new DecodeError('length-mismatch', 0, `datagram of ${size} bytes says it has ${length}`);
  const time = payload.readUInt32BE(2);
  const address = payload.readUInt32BE(6);
  const textEnd = layout.header + payload.readUInt16BE(10);
  if (textEnd > size)
    throw new DecodeError('text-overrun', 10, `text ends at byte ${textEnd} of a datagram of ${size}`);
  const text = readPaddedText(payload, layout.header, textEnd);
  const tail = payload.subarray(payload[textEnd] === 0 ? textEnd + 1 : textEnd);

  const ip = address === layout.unresolvedAddress ? null : readIpv4(payload, 6);
  const parts = threeParts(text);
  if (address === layout.keepaliveAddress || parts[1]?.toLowerCase() === layout.keepaliveWord)
    return { kind: 'keepalive', time, domain: parts[0], version: parts[2] ?? '' };
  const [workstation, domain, user] = parts;
  if (domain === undefined || user === undefined)
    return { kind: 'unparsed', time, ip, text, tail: Buffer.from(tail) };
  return { kind: 'logon', time, ip, workstation, domain, user, ...readTail(tail) };
}

function threeParts(text: string): [string, string?, string?] {
  const first = text.indexOf('/');
  if (first === -1) return [text];
  const second = text.indexOf('/', first + 1);
  if (second === -1) return [text.slice(0, first), text.slice(first + 1)];
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

type TailFields = Pick<LogonDatagram, 'ip2' | 'ipv6' | 'terminal' | 'rejectedRanges' | 'tail'>;

function readTail(tail: Buffer): TailFields {
  const fields: TailFields = {
    ip2: null,
    ipv6: null,
    terminal: null,
    rejectedRanges: 0,
    tail: Buffer.alloc(0),
  };
  if (tail.length === 4) {
    const ip2 = readIpv4(tail, 0);
    fields.ip2 = ip2 === '0.0.0.0' ? null : ip2;
  } else if (
    tail.length >= layout.terminalHeader &&
    tail.readUInt16BE(layout.terminalMarkerAt) === layout.terminalMarker
  ) {
    const room = Math.floor((tail.length - layout.terminalHeader) / 4);
    const count = Math.min(room, tail.readUInt32BE(layout.terminalCountAt));
    const portRanges: PortRange[] = [];
    for (let index = 0; index < count; index++) {
      const first = tail.readUInt16BE(layout.terminalHeader + index * 4);
      const last = tail.readUInt16BE(layout.terminalHeader + index * 4 + 2);
      if (first <= last) portRanges.push([first, last]);
      else fields.rejectedRanges++;
    }
    fields.terminal = { session: tail.readUInt32BE(layout.terminalSessionAt), portRanges };
    fields.tail = Buffer.from(tail.subarray(layout.terminalHeader + count * 4));
  } else if (tail.length === layout.ipv6Tail || tail.length === layout.ipv6TailShort) {
    const ipv6 = readIpv6(tail, 0);
    fields.ipv6 = ipv6 === '::' ? null : ipv6;
  } else fields.tail = Buffer.from(tail);
  return fields;
}

/**
 * The datagram's bytes, with a NUL behind the text unless `nul` is false (agents of 2013 left it out). Throws EncodeError,
 * naming the field, for a name that would be read back as another and for what does not fit a datagram.
 */
export function encodeDatagram(datagram: DatagramToSend, options: { nul?: boolean } = {}): Buffer {
  const address = headerAddress(datagram);
  const text = Buffer.from(datagramText(datagram));
  const nul = (options.nul ?? true) ? 1 : 0;
  const tail = datagramTail(datagram);
  const size = layout.header + text.length + nul + tail.length;
  if (size > layout.largest)
    throw new EncodeError('text', `a datagram of ${size} bytes, the most is ${layout.largest}`);
  const payload = Buffer.alloc(size);
  payload.writeUInt16BE(size, 0);
  if (!Number.isInteger(datagram.time) || datagram.time < 0 || datagram.time > 0xffffffff)
    throw new EncodeError('time', `${datagram.time} is not a whole number of seconds from 0 to 4294967295`);
  payload.writeUInt32BE(datagram.time, 2);
  payload.writeUInt32BE(address, 6);
  payload.writeUInt16BE(text.length, 10);
  text.copy(payload, layout.header);
  tail.copy(payload, layout.header + text.length + nul);
  return payload;
}

function headerAddress(datagram: DatagramToSend): number {
  if (datagram.kind === 'keepalive') return layout.keepaliveAddress;
  if (datagram.ip === null) return layout.unresolvedAddress;
  const address = ipv4ToNumber(datagram.ip, 'ip');
  if (address === layout.keepaliveAddress) throw new EncodeError('ip', `${datagram.ip} marks a keepalive`);
  return address;
}

function datagramText(datagram: DatagramToSend): string {
  switch (datagram.kind) {
    case 'keepalive':
      return `${part('domain', datagram.domain)}/${layout.keepaliveWord}/${withoutNul('version', datagram.version)}`;
    case 'unparsed':
      return withoutNul('text', datagram.text);
    case 'logon': {
      if (datagram.domain.toLowerCase() === layout.keepaliveWord)
        throw new EncodeError('domain', `"${datagram.domain}" marks a keepalive`);
      const { workstation, domain, user } = datagram;
      return `${part('workstation', workstation)}/${part('domain', domain)}/${withoutNul('user', user)}`;
    }
  }
}

function part(field: string, text: string): string {
  if (text.includes('/')) throw new EncodeError(field, 'a slash would end it');
  return withoutNul(field, text);
}

function withoutNul(field: string, text: string): string {
  if (text.includes('\0')) throw new EncodeError(field, 'a NUL would end it');
  return text;
}

function datagramTail(datagram: DatagramToSend): Buffer {
  if (datagram.kind === 'keepalive') return Buffer.alloc(0);
  if (datagram.kind === 'unparsed') return datagram.tail;
  const { ip2 = null, ipv6 = null, terminal = null, tail = Buffer.alloc(0) } = datagram;
  const several = [ip2, ipv6, terminal].filter((value) => value !== null).length > 1;
  if (several || (tail.length > 0 && (ip2 !== null || ipv6 !== null)))
    throw new EncodeError('tail', 'a second address, an IPv6 address and a session share one place');
  if (terminal !== null) return Buffer.concat([terminalTail(terminal), tail]);
  if (ip2 !== null) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(ipv4ToNumber(ip2, 'ip2'));
    return bytes;
  }
  // The byte behind an IPv6 address is 0 in the only sample there is.
  if (ipv6 !== null) return Buffer.concat([ipv6ToBytes(ipv6, 'ipv6'), Buffer.alloc(1)]);
  return tail;
}

function terminalTail({ session, portRanges }: TerminalSession): Buffer {
  const bytes = Buffer.alloc(layout.terminalHeader + 4 * portRanges.length);
  bytes.writeUInt32BE(layout.terminalVersion, layout.terminalVersionAt);
  bytes.writeUInt16BE(layout.terminalMarker, layout.terminalMarkerAt);
  bytes.writeUInt16BE(layout.terminalLengthBase + 4 * portRanges.length, layout.terminalLengthAt);
  if (!Number.isInteger(session) || session < 0 || session > 0xffffffff)
    throw new EncodeError('session', `${session} is not a whole number from 0 to 4294967295`);
  bytes.writeUInt32BE(session, layout.terminalSessionAt);
  bytes.writeUInt32BE(portRanges.length, layout.terminalCountAt);
  portRanges.forEach((range, index) => {
    bytes.writeUInt32BE(portRangeToNumber(range, 'ports'), layout.terminalHeader + 4 * index);
  });
  return bytes;
}
