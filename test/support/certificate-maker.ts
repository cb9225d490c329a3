import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** One DER value: tag octet, then the pieces as content. */
export function der(tag: number, ...pieces: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(
    pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)),
  );
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets]);
}

export const sequence = (...pieces: Buffer[]): Buffer => der(0x30, ...pieces);
export const set = (...pieces: Buffer[]): Buffer => der(0x31, ...pieces);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
export const ia5 = (text: string): Buffer => der(0x16, text);
export const bmp = (text: string): Buffer => der(0x1e, Buffer.from(text, 'utf16le').swap16());
export const octetString = (content: Buffer): Buffer => der(0x04, content);
export const bitString = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
export const utcTime = (text: string): Buffer => der(0x17, text);
export const generalizedTime = (text: string): Buffer => der(0x18, text);

/** INTEGER with these content octets, in hexadecimal. */
export const integer = (hex: string): Buffer => der(0x02, Buffer.from(hex, 'hex'));

export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const octets = [first * 40n + second, ...rest].flatMap((arc) => {
    const base128 = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) base128.unshift(Number(left & 0x7fn) | 0x80);
    return base128;
  });
  return der(0x06, Buffer.from(octets));
}

/** One attribute of a name: type and an encoded value. */
export type NamePart = readonly [type: string, value: Buffer];

/** A distinguished name; an inner list is one relative name with several attributes. */
export function name(...parts: (NamePart | readonly NamePart[])[]): Buffer {
  const isPart = (part: NamePart | readonly NamePart[]): part is NamePart => typeof part[0] === 'string';
  return sequence(
    ...parts.map((part) =>
      set(...(isPart(part) ? [part] : part).map(([type, value]) => sequence(oid(type), value))),
    ),
  );
}

export const commonName = (text: string): Buffer => name(['2.5.4.3', utf8(text)]);

export function extension(type: string, content: Buffer, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(type), ...flag, octetString(content));
}

export interface CertificateParts {
  /** Encoded; version 3 unless told. */
  version?: Buffer | null;
  serial?: Buffer;
  subject?: Buffer;
  issuer?: Buffer;
  notBefore?: Buffer;
  notAfter?: Buffer;
  /** SubjectPublicKeyInfo; the key that signs unless told. */
  publicKey?: Buffer;
  extensions?: Buffer[];
}

const signer: KeyObject = generateKeyPairSync('ed25519').privateKey;
export const signerPublicKey = spki(createPublicKey(signer));

export function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** A certificate with exactly these encoded parts, however odd, signed with one Ed25519 key. */
export function makeCertificate(parts: CertificateParts = {}): Buffer {
  const algorithm = sequence(oid('1.3.101.112'));
  const subject = parts.subject ?? commonName('test');
  const version = parts.version === undefined ? der(0xa0, integer('02')) : parts.version;
  const body = sequence(
    ...(version === null ? [] : [version]),
    parts.serial ?? integer('01'),
    algorithm,
    parts.issuer ?? subject,
    sequence(parts.notBefore ?? utcTime('260101000000Z'), parts.notAfter ?? utcTime('270101000000Z')),
    subject,
    parts.publicKey ?? signerPublicKey,
    ...(parts.extensions === undefined ? [] : [der(0xa3, sequence(...parts.extensions))]),
  );
  return sequence(body, algorithm, bitString(sign(null, body, signer)));
}
