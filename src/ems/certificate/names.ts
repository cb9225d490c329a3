import { CertificateError, type Der, expectUniversal, readOid, tags } from './der.ts';
import { attributeNames } from './oids.ts';
import { stringOf } from './text.ts';

interface Attribute {
  oid: string;
  value: Der;
}
/** Relative names in the order of the certificate; more than one attribute in a relative name belongs together. */
type DistinguishedName = readonly (readonly Attribute[])[];

/** @throws {CertificateError} when the value is no name. */
export function readName(value: Der | undefined, what: string): DistinguishedName {
  return expectUniversal(value, tags.sequence, what).children.map((relative) =>
    readRelativeName(expectUniversal(relative, tags.set, what).children, what),
  );
}

/** The attributes of one relative name. */
export function readRelativeName(values: readonly Der[], what: string): Attribute[] {
  return values.map((pair) => {
    const [type, value, ...rest] = expectUniversal(pair, tags.sequence, what).children;
    if (value === undefined || rest.length > 0) throw new CertificateError(`${what} holds no type and value`);
    return { oid: readOid(type, what), value };
  });
}

/** The first attribute of that type as text of the peer, null when there is none. */
export function firstAttribute(name: DistinguishedName, oid: string): string | null {
  const found = name.flat().find((attribute) => attribute.oid === oid);
  return found === undefined ? null : stringOf(found.value);
}

/**
 * `C = CA, O = devqa, CN = name`: OpenSSL's one-line style, which escapes everything outside printable ASCII (docs/protocol/ems.md,
 * Certificate text), so that the result is one line whatever the peer sent.
 */
export function nameText(name: DistinguishedName): string {
  return name.map(relativeNameText).join(', ');
}

export function relativeNameText(relative: readonly Attribute[]): string {
  return relative.map(({ oid, value }) => `${shortName(oid)} = ${escapedValue(value)}`).join(' + ');
}

/**
 * `/C=CA/O=devqa/CN=name`: the style in which OpenSSL prints a directory name inside an extension. Unlike OpenSSL, which cuts
 * it at 255 characters, it is whole.
 */
export function slashedNameText(name: DistinguishedName): string {
  return name
    .map(
      (relative) =>
        `/${relative.map(({ oid, value }) => `${shortName(oid)}=${hexEscaped(octetsOf(value))}`).join('+')}`,
    )
    .join('');
}

function shortName(oid: string): string {
  return attributeNames[oid] ?? oid;
}

function octetsOf(value: Der): Buffer {
  return value.constructed ? value.encoded() : value.bytes;
}

function hexEscaped(bytes: Buffer): string {
  return Array.from(bytes, (octet) => {
    if (octet < 0x20 || octet > 0x7e) return `\\x${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    const character = String.fromCharCode(octet);
    return character === '/' || character === '+' ? `\\${character}` : character;
  }).join('');
}

// Octets to a character of the string types that OpenSSL takes in a name as text; it dumps the encoding of any other type.
const octetsPerCharacter: Record<number, number> = {
  [tags.utf8String]: 1,
  [tags.numericString]: 1,
  [tags.printableString]: 1,
  [tags.teletexString]: 1,
  [tags.ia5String]: 1,
  [tags.universalString]: 4,
  [tags.bmpString]: 2,
};

function escapedValue(value: Der): string {
  const width = value.class === 'universal' && !value.constructed ? octetsPerCharacter[value.tag] : undefined;
  if (width === undefined || value.bytes.length % width !== 0)
    return `#${value.encoded().toString('hex').toUpperCase()}`;
  const octets = value.tag === tags.utf8String ? value.bytes : utf8Octets(value.bytes, width);
  let quoted = false;
  let text = '';
  octets.forEach((octet, index) => {
    const character = String.fromCharCode(octet);
    if (octet < 0x20 || octet > 0x7e) text += `\\${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (character === '"' || character === '\\') text += `\\${character}`;
    else {
      const last = index === octets.length - 1;
      const blankEdge = character === ' ' && (index === 0 || last);
      quoted ||= ',+<>;'.includes(character) || blankEdge || (character === '#' && index === 0 && !last);
      text += character;
    }
  });
  return quoted ? `"${text}"` : text;
}

function utf8Octets(bytes: Buffer, width: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const point = bytes.readUIntBE(at, width);
    pieces.push(Buffer.from(String.fromCodePoint(point > 0x10ffff ? 0xfffd : point), 'utf8'));
  }
  return Buffer.concat(pieces);
}
