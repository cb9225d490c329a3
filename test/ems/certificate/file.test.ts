import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { CertificateError, readCertificateFile } from '../../../src/ems/certificate.ts';
import { commonName, integer, makeCertificate, oid, sequence } from '../../support/certificate-maker.ts';

const first = makeCertificate({ subject: commonName('first') });
const second = makeCertificate({ subject: commonName('second') });

function pem(der: Buffer, label = 'CERTIFICATE'): string {
  const rows = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${rows.join('\n')}\n-----END ${label}-----\n`;
}

function read(text: string | Buffer): Buffer[] {
  return readCertificateFile(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
}

test('a DER file holds one certificate', () => {
  expect(read(first)).toEqual([first]);
});

test('a PEM file holds its certificates in order, whatever stands around them', () => {
  expect(read(`subject=CN = first\n${pem(first)}\nnotes\n${pem(second)}`)).toEqual([first, second]);
});

test('the marks of other systems are no obstacle', () => {
  expect(read(`\ufeff${pem(first)}`.replaceAll('\n', '\r\n'))).toEqual([first]);
  expect(read(pem(first).trimEnd())).toEqual([first]);
  expect(read(pem(first, 'X509 CERTIFICATE'))).toEqual([first]);
  expect(read(pem(Buffer.concat([first, sequence(integer('01'))]), 'TRUSTED CERTIFICATE'))).toEqual([first]);
  expect(read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), first]))).toEqual([first]);
});

test('a private key beside a certificate is left alone', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(read(key + pem(first))).toEqual([first]);
});

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });

test.each([
  ['an empty file', '', 'the file is empty'],
  ['blank lines', '\r\n  \n', 'the file is empty'],
  ['text', 'hello', 'the file is neither PEM nor DER'],
  ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'but a private key'],
  ['a private key in DER', privateKey.export({ type: 'pkcs8', format: 'der' }), 'but a private key'],
  ['an old private key in DER', privateKey.export({ type: 'pkcs1', format: 'der' }), 'but a private key'],
  ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'but a public key'],
  ['a request', pem(first, 'CERTIFICATE REQUEST'), 'but a certificate request'],
  ['an old request', pem(first, 'NEW CERTIFICATE REQUEST'), 'but a certificate request'],
  ['a revocation list', pem(first, 'X509 CRL'), 'but a revocation list'],
  ['a bundle', pem(first, 'PKCS7'), 'but a PKCS #7 bundle'],
  ['a bundle in DER', sequence(oid('1.2.840.113549.1.7.2')), 'but a PKCS #7 bundle'],
  ['half a block', pem(first).slice(0, 200), 'one of 1 certificates is truncated'],
  ['half of the second block', pem(first) + pem(second).slice(0, 200), 'one of 2 certificates is truncated'],
  [
    'half a block before a whole one',
    pem(first).slice(0, 200) + pem(second),
    'one of 2 certificates is truncated',
  ],
  ['characters that are not base 64', pem(first).replace(/M/g, '!'), 'certificate 1 is damaged'],
  ['DER cut short', first.subarray(0, 90), 'truncated'],
])('%s is refused with one clear line', (_, content, message) => {
  const attempt = (): Buffer[] => read(content);
  expect(attempt).toThrow(CertificateError);
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(/^[^\n]+$/);
});

test('a file of nothing but beginnings is refused at once', () => {
  expect(() => read('-----BEGIN CERTIFICATE-----\n'.repeat(200_000))).toThrow(/is truncated/);
});
