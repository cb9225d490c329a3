import { createHash, X509Certificate } from 'node:crypto';
import { CertificateError, type Der, expectUniversal, isContext, readDer, tags } from './certificate/der.ts';
import { type CertificateExtension, readExtension } from './certificate/extensions.ts';
import { rawGeneralName } from './certificate/general-names.ts';
import { readPublicKey } from './certificate/key.ts';
import { readBasicConstraints } from './certificate/limits.ts';
import { md5Of } from './certificate/md5.ts';
import { firstAttribute, nameText, readName } from './certificate/names.ts';
import { lowerOctets, upperOctets } from './certificate/text.ts';
import { readTime } from './certificate/time.ts';

export { CertificateError } from './certificate/der.ts';
export type { CertificateExtension } from './certificate/extensions.ts';
export { readCertificateFile } from './certificate/file.ts';

/** What a certificate says. Times are milliseconds since the epoch. Names and alternative names are the peer's words. */
export interface CertificateDetails {
  readonly der: Buffer;
  /** `C = CA, O = devqa, CN = name`: OpenSSL's one-line style; printable ASCII whatever the peer sent. */
  readonly subject: string;
  readonly issuer: string;
  /** As sent, not made safe; null where the subject has none. */
  readonly subjectCommonName: string | null;
  readonly validFrom: number;
  readonly validTo: number;
  /** Octets in upper case, separated by `:`. */
  readonly sha256: string;
  readonly md5: string;
  /** It may sign other certificates: Basic Constraints say so, or it is of version 1 and its own issuer. */
  readonly isCa: boolean;
  /** It is a CA, names itself as issuer and its own key verifies its signature. */
  readonly isRoot: boolean;
  /** 1 to 3. */
  readonly version: number;
  /** Octets of the number in lower case, separated by `:`; a negative number has `-` before them. */
  readonly serialNumber: string;
  /** `RSA`, `RSA-PSS`, `EC P-256`, `Ed25519` …; the object identifier of an algorithm without a name. */
  readonly keyType: string;
  /** null where the algorithm is unknown. */
  readonly keyBits: number | null;
  /** `DNS:name`, `IP Address:10.0.0.1` …; as sent, not made safe. */
  readonly subjectAltNames: readonly string[];
  /** In the order of the certificate. */
  readonly extensions: readonly CertificateExtension[];
}

const subjectAltName = '2.5.29.17';
const basicConstraints = '2.5.29.19';
const commonName = '2.5.4.3';

/**
 * Reads one X.509 certificate in DER, whatever kind of key it holds (docs/protocol/ems.md, Certificate text).
 *
 * node-forge's certificate reader knows only RSA keys, so only its ASN.1 reader is used; `node:crypto` says first whether
 * OpenSSL takes the bytes at all, because a certificate that it refuses could never be a trust anchor, and checks the
 * signature of a root.
 * @throws {CertificateError} and nothing else: one clear line.
 */
export function readCertificate(der: Buffer): CertificateDetails {
  try {
    return read(der);
  } catch (error) {
    if (error instanceof CertificateError)
      throw new CertificateError(`not a certificate: ${error.message}`, error.offset);
    throw error;
  }
}

function read(der: Buffer): CertificateDetails {
  const [body, , signature] = expectUniversal(readDer(der), tags.sequence, 'the certificate').children;
  expectUniversal(signature, tags.bitString, 'the signature');
  const fields = [...expectUniversal(body, tags.sequence, 'the body').children];
  const version = isContext(fields[0], 0) ? readVersion(fields.shift()) : 1;
  const [serial, , issuerValue, validity, subjectValue, key, ...optional] = fields;
  const serialNumber = serialText(expectUniversal(serial, tags.integer, 'the serial number').bytes);
  const issuer = readName(issuerValue, 'the issuer');
  const subject = readName(subjectValue, 'the subject');
  const [from, to] = expectUniversal(validity, tags.sequence, 'the validity').children;
  const extensions = readExtensions(optional.find((value) => isContext(value, 3)));
  const selfIssued = issuerValue?.encoded().equals(subjectValue?.encoded() ?? Buffer.alloc(0)) ?? false;
  const validFrom = readTime(from, 'the start of validity');
  const validTo = readTime(to, 'the end of validity');
  const publicKey = readPublicKey(key);
  // Last, because OpenSSL does not say what is wrong.
  const openSsl = openSslCertificate(der);
  const isCa = version === 1 ? selfIssued : extensions.some(allowsSigning);
  return {
    der,
    subject: nameText(subject),
    issuer: nameText(issuer),
    subjectCommonName: firstAttribute(subject, commonName),
    validFrom,
    validTo,
    sha256: upperOctets(createHash('sha256').update(der).digest()),
    md5: upperOctets(md5Of(der)),
    isCa,
    isRoot: isCa && selfIssued && isSelfSigned(openSsl),
    version,
    serialNumber,
    ...publicKey,
    subjectAltNames: extensions.flatMap(alternativeNames),
    extensions: extensions.map(({ name, oid, critical, content }) => ({ name, oid, critical, content })),
  };
}

type ReadExtension = ReturnType<typeof readExtension>;

function readVersion(value: Der | undefined): number {
  const octets = expectUniversal(value?.children[0], tags.integer, 'the version').bytes;
  const version = (octets[0] ?? 0) + 1;
  if (octets.length !== 1 || version > 3) throw new CertificateError('the version is unknown');
  return version;
}

function readExtensions(value: Der | undefined): ReadExtension[] {
  if (value === undefined) return [];
  return expectUniversal(value.children[0], tags.sequence, 'the extensions').children.map(readExtension);
}

/** Octets of the magnitude, as OpenSSL keeps them. */
function serialText(bytes: Buffer): string {
  if (bytes.length === 0) throw new CertificateError('the serial number is empty');
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0;
  const number = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = (negative ? -number : number).toString(16);
  return `${negative ? '-' : ''}${lowerOctets(Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'))}`;
}

// Content that cannot be read gives no rights and no names; `readExtension` has dumped it for the eye.
function allowsSigning({ oid, bytes }: ReadExtension): boolean {
  return oid === basicConstraints && (attempt(() => readBasicConstraints(readDer(bytes)).isCa) ?? false);
}

function alternativeNames({ oid, bytes }: ReadExtension): string[] {
  return (oid === subjectAltName && attempt(() => readDer(bytes).children.map(rawGeneralName))) || [];
}

function attempt<Result>(action: () => Result): Result | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

function openSslCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw new CertificateError('OpenSSL does not accept it');
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey);
  } catch {
    // A key or signature that OpenSSL does not know proves nothing.
    return false;
  }
}
