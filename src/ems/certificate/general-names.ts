import {
  bitsOf,
  CertificateError,
  type Der,
  expectUniversal,
  integerOf,
  isContext,
  isUniversal,
  oidOf,
  readOid,
  tags,
} from './der.ts';
import { nameText, readName, slashedNameText } from './names.ts';
import { attributeNames, extensionNames, purposeNames } from './oids.ts';
import { decodeOctets, piece } from './text.ts';

/** The long name of an object identifier, or its dotted decimal. */
export function objectName(oid: string): string {
  return purposeNames[oid] ?? extensionNames[oid] ?? attributeNames[oid] ?? oid;
}

// Context tags of GeneralName (RFC 5280, 4.2.1.6).
const otherName = 0;
const email = 1;
const dns = 2;
const x400 = 3;
const directory = 4;
const ediParty = 5;
const uri = 6;
const address = 7;
const registered = 8;

const textLabels: Readonly<Record<number, string>> = { [email]: 'email', [dns]: 'DNS', [uri]: 'URI' };
const unsupported: Readonly<Record<number, string>> = { [x400]: 'X400Name', [ediParty]: 'EdiPartyName' };

/** Other names whose value OpenSSL prints under a label of its own. */
const otherNameLabels: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.8.9': 'SmtpUTF8Mailbox',
  '1.3.6.1.5.5.7.8.5': 'XmppAddr',
  '1.3.6.1.5.5.7.8.7': 'SRVName',
  '1.3.6.1.4.1.311.20.2.3': 'UPN',
  '1.3.6.1.5.5.7.8.8': 'NAIRealm',
};

/**
 * OpenSSL prints a general name in two styles: `listed` in the comma-separated extensions (alternative names, access
 * methods, key identifiers), `own-line` where each name has a line (distribution points, name constraints).
 */
export type GeneralNameStyle = 'listed' | 'own-line';

/** One name as one piece of a line, made safe. @throws {CertificateError} when the value is no general name. */
export function generalNameText(value: Der, style: GeneralNameStyle): string {
  if (value.class !== 'context') throw new CertificateError('a general name has no known type');
  const label = textLabels[value.tag];
  if (label !== undefined) return `${label}:${piece(primitive(value))}`;
  const none = unsupported[value.tag];
  if (none !== undefined) return `${none}:<unsupported>`;
  switch (value.tag) {
    case otherName:
      return otherNameText(value, style);
    case directory: {
      const name = readName(value.children[0], 'a directory name');
      return `DirName:${style === 'listed' ? slashedNameText(name) : nameText(name)}`;
    }
    case address:
      return `IP Address:${addressText(primitive(value))}`;
    case registered:
      return `Registered ID:${objectName(oidOf(primitive(value)))}`;
    default:
      throw new CertificateError('a general name has no known type');
  }
}

/** The names of a GeneralNames value, whatever its tag. */
export function generalNameTexts(names: Der, style: GeneralNameStyle): string[] {
  return names.children.map((name) => generalNameText(name, style));
}

/** A name as text of the peer, not made safe: `DNS:a.example`, `IP Address:10.0.0.1`. */
export function rawGeneralName(value: Der): string {
  const label = value.class === 'context' ? textLabels[value.tag] : undefined;
  return label === undefined
    ? generalNameText(value, 'listed')
    : `${label}:${decodeOctets(primitive(value))}`;
}

/** Dotted decimal, or eight groups of upper-case hexadecimal without abbreviation, as OpenSSL prints them. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return `<invalid length=${bytes.length}>`;
  return Array.from({ length: 8 }, (_, index) =>
    bytes
      .readUInt16BE(index * 2)
      .toString(16)
      .toUpperCase(),
  ).join(':');
}

/** Address and mask of a name constraint. */
export function addressRangeText(value: Der): string | null {
  if (!isContext(value, address)) return null;
  const bytes = primitive(value);
  const half = bytes.length >= 16 ? 16 : Math.min(4, bytes.length);
  return `IP:${addressText(bytes.subarray(0, half))}/${addressText(bytes.subarray(half))}`;
}

function otherNameText(value: Der, style: GeneralNameStyle): string {
  const oid = readOid(value.children[0], 'the type of another name');
  const wrapped = value.children[1];
  if (!isContext(wrapped, 0)) throw new CertificateError('another name has no value');
  const text = wrapped.children[0];
  const isText = isUniversal(text, tags.utf8String) || isUniversal(text, tags.ia5String);
  const label = otherNameLabels[oid];
  const shown = isText ? piece(primitive(text)) : '<unsupported>';
  if (style === 'listed') return `othername: ${label ?? objectName(oid)}::${shown}`;
  return label === undefined || !isText ? 'othername:<unsupported>' : `othername:${label}:${shown}`;
}

function primitive(value: Der): Buffer {
  if (value.constructed) throw new CertificateError('a name is in pieces');
  return value.bytes;
}

/** A number as OpenSSL prints it: decimal below 128 bits, else hexadecimal. */
export function numberText(bytes: Buffer): string {
  const number = integerOf(bytes);
  const size = number < 0n ? -number : number;
  if (size < 1n << 127n) return number.toString();
  const digits = size.toString(16).toUpperCase();
  return `${number < 0n ? '-' : ''}0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

/** The names of the bits that are set, in the order of their numbers; bit 0 is the first of the string. */
export function bitNames(bytes: Buffer, names: readonly string[]): string[] {
  const { bits } = bitsOf(bytes);
  return names.filter((_, index) => ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0);
}

/** The content octets of a required primitive value. */
export function primitiveOf(value: Der | undefined, tag: number, what: string): Buffer {
  return expectUniversal(value, tag, what).bytes;
}
