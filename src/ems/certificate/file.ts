import { CertificateError, readDer } from './der.ts';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** Octets of a certificate file that are read at most: some 4000 certificates. */
export const longestCertificateFile = 8 * 1024 * 1024;

// A block ends at the next BEGIN at the latest, so that a file of nothing but BEGIN lines is read once and not once a line.
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----BEGIN )[\s\S])*?)-----END \1-----/g;
const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);

/**
 * The certificates in a file, DER, in the order of the file: PEM with any number of them, text around them allowed, or one in DER.
 * @throws {CertificateError} and nothing else; one line that says what the file holds instead.
 */
export function readCertificateFile(content: Buffer): Buffer[] {
  if (content.length > longestCertificateFile)
    throw new CertificateError(`the file is longer than ${longestCertificateFile} octets`);
  const bytes = content.subarray(content.subarray(0, 3).equals(byteOrderMark) ? 3 : 0);
  const text = bytes.toString('latin1');
  if (text.trim() === '') throw new CertificateError('the file is empty');
  return text.includes('-----BEGIN ') ? pemCertificates(text) : [derCertificate(bytes)];
}

function pemCertificates(text: string): Buffer[] {
  const certificates: Buffer[] = [];
  const others = new Set<string>();
  for (const [, label = '', body = ''] of text.matchAll(pemBlock)) {
    if (certificateLabels.has(label)) certificates.push(pemBody(body, label, certificates.length + 1));
    else others.add(label);
  }
  const begun = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length ?? 0;
  if (begun > certificates.length)
    throw new CertificateError(`one of ${begun} certificates is truncated: its END line is missing`);
  if (certificates.length === 0)
    throw new CertificateError(`the file holds no certificate but ${whatElse(others)}`);
  return certificates;
}

function pemBody(body: string, label: string, place: number): Buffer {
  const base64 = body.replace(/\s+/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    throw new CertificateError(`certificate ${place} is damaged: it is not base 64`);
  const der = Buffer.from(base64, 'base64');
  // OpenSSL appends its own trust settings to a TRUSTED CERTIFICATE; they mean nothing here.
  return label === 'TRUSTED CERTIFICATE' ? firstValue(der) : der;
}

function firstValue(der: Buffer): Buffer {
  const form = der[1] ?? 0;
  const octets = form < 0x80 ? 0 : form & 0x7f;
  if (octets > 4 || der.length < 2 + octets) return der;
  return der.subarray(0, 2 + octets + (octets === 0 ? form : der.readUIntBE(2, octets)));
}

const labelMeanings: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/PRIVATE KEY/, 'a private key: never import one, export the certificate alone'],
  [/CERTIFICATE REQUEST/, 'a certificate request: import the certificate that the CA made of it'],
  [/PUBLIC KEY/, 'a public key'],
  [/CRL/, 'a revocation list'],
  [/PKCS7|CMS/, 'a PKCS #7 bundle: export the certificates as PEM'],
];

function whatElse(labels: ReadonlySet<string>): string {
  const label = [...labels][0] ?? '';
  const known = labelMeanings.find(([pattern]) => pattern.test(label));
  if (known !== undefined) return known[1];
  return label === '' ? 'a damaged PEM block' : `a block of type ${label.slice(0, 40)}`;
}

// A DER file says what it is only by its structure.
function derCertificate(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x30) throw new CertificateError('the file is neither PEM nor DER');
  const parts = readDer(bytes).children;
  const first = parts[0];
  if (first?.class === 'universal' && first.tag === 2)
    throw new CertificateError(
      `the file holds no certificate but ${parts[1]?.constructed ? 'a private key or a PKCS #12 bundle' : 'a private key'}`,
    );
  if (first?.class === 'universal' && first.tag === 6)
    throw new CertificateError(
      'the file holds no certificate but a PKCS #7 bundle: export the certificates as PEM',
    );
  return bytes;
}
