import { safeText } from '../../safe-text.ts';
import { CertificateError, type Der, tags } from './der.ts';

/** Octets as `AB:CD`, upper case. */
export function upperOctets(bytes: Buffer): string {
  return lowerOctets(bytes).toUpperCase();
}

/** Octets as `ab:cd`, lower case. */
export function lowerOctets(bytes: Buffer): string {
  return (bytes.toString('hex').match(/../g) ?? []).join(':');
}

/** UTF-8 where the octets are UTF-8, else one character for each octet. Never fails. */
export function decodeOctets(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes)
    ? bytes.toString('latin1')
    : text;
}

/** The characters of an ASN.1 string of any type, as sent: controls, NUL and escape sequences included. */
export function stringOf(value: Der): string {
  if (value.constructed) throw new CertificateError('a string is in pieces');
  if (value.class !== 'universal') return decodeOctets(value.bytes);
  switch (value.tag) {
    case tags.bmpString:
      return Buffer.from(value.bytes.subarray(0, value.bytes.length & ~1))
        .swap16()
        .toString('utf16le');
    case tags.universalString:
      return universalString(value.bytes);
    case tags.teletexString:
      return value.bytes.toString('latin1');
    default:
      return decodeOctets(value.bytes);
  }
}

function universalString(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = bytes.readUInt32BE(at);
    text += String.fromCodePoint(point > 0x10ffff ? 0xfffd : point);
  }
  return text;
}

/** Text of the peer as one piece of a printed line: it can neither end the line nor hide in it. */
export function piece(bytes: Buffer): string {
  return safeText(decodeOctets(bytes));
}

/** The dump that OpenSSL prints for content it cannot read: offset, sixteen octets, their printable characters. */
export function hexDump(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const octets = Array.from({ length: 16 }, (_, index) => {
      const octet = row[index];
      if (octet === undefined) return '   ';
      return `${octet.toString(16).padStart(2, '0')}${index === 7 ? '-' : ' '}`;
    });
    const shown = Array.from(row, (octet) =>
      octet >= 0x20 && octet <= 0x7e ? String.fromCharCode(octet) : '.',
    );
    lines.push(`${at.toString(16).padStart(4, '0')} - ${octets.join('')}  ${shown.join('')}`);
  }
  return lines;
}
