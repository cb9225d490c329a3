import { CertificateError, type Der, expectUniversal, tags } from './der.ts';
import { hexDump, upperOctets } from './text.ts';
import { openSslMillisecondsText } from './time.ts';

/** Names of the TLS signature schemes that logs use (RFC 6962, 2.1.4: hash, signature). */
const schemes: Readonly<Record<number, string>> = {
  1025: 'sha256WithRSAEncryption',
  1027: 'ecdsa-with-SHA256',
  1283: 'ecdsa-with-SHA384',
  1539: 'ecdsa-with-SHA512',
};
const versionOctets = 1;
const logIdOctets = 32;
const timeOctets = 8;
/** Octets of a colon-separated block to a line. */
const logIdRow = 16;
const signatureRow = 16;

/**
 * Certificate Transparency timestamps (RFC 6962, 3.3), one block for each.
 * @throws {CertificateError} when the list is malformed or of an unknown version; the caller then dumps it.
 */
export function signedTimestampsText(value: Der): string[] {
  const list = vector(
    expectUniversal(value, tags.octetString, 'the timestamps').bytes,
    0,
    'the list of timestamps',
  );
  if (list.end !== value.bytes.length) throw new CertificateError('bytes follow the list of timestamps');
  const lines: string[] = [];
  for (let at = 0; at < list.content.length; ) {
    const one = vector(list.content, at, 'a timestamp');
    lines.push(...timestampText(one.content));
    at = one.end;
  }
  return lines;
}

function timestampText(bytes: Buffer): string[] {
  const fixed = versionOctets + logIdOctets + timeOctets;
  if (bytes.length < fixed || bytes[0] !== 0)
    throw new CertificateError('a timestamp is of an unknown version');
  const extensions = vector(bytes, fixed, 'the extensions of a timestamp');
  if (extensions.end + 2 > bytes.length) throw new CertificateError('a timestamp has no signature');
  const scheme = bytes.readUInt16BE(extensions.end);
  const signature = vector(bytes, extensions.end + 2, 'the signature of a timestamp');
  const time = Number(bytes.readBigUInt64BE(versionOctets + logIdOctets));
  return [
    'Signed Certificate Timestamp:',
    '    Version   : v1 (0x0)',
    ...block('    Log ID    : ', bytes.subarray(versionOctets, versionOctets + logIdOctets), logIdRow),
    `    Timestamp : ${openSslMillisecondsText(time)}`,
    ...(extensions.content.length === 0
      ? ['    Extensions: none']
      : hexDump(extensions.content).map(
          (row, index) => `${index === 0 ? '    Extensions: ' : ' '.repeat(16)}${row}`,
        )),
    `    Signature : ${schemes[scheme] ?? `0x${scheme.toString(16).padStart(4, '0')}`}`,
    ...block(' '.repeat(16), signature.content, signatureRow),
  ];
}

function block(label: string, bytes: Buffer, row: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += row) {
    const last = at + row >= bytes.length;
    lines.push(
      `${at === 0 ? label : ' '.repeat(label.length)}${upperOctets(bytes.subarray(at, at + row))}${last ? '' : ':'}`,
    );
  }
  return lines;
}

/** Content behind a length of two octets. */
function vector(bytes: Buffer, at: number, what: string): { content: Buffer; end: number } {
  if (at + 2 > bytes.length) throw new CertificateError(`${what} is cut off`);
  const end = at + 2 + bytes.readUInt16BE(at);
  if (end > bytes.length) throw new CertificateError(`${what} is cut off`);
  return { content: bytes.subarray(at + 2, end), end };
}
