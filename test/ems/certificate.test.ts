import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestDer } from '../../src/ems/certificate/der.ts';
import { CertificateError, readCertificate } from '../../src/ems/certificate.ts';
import { certificateText } from '../../src/ems/certificate-text.ts';
import { longestSafeText, safeText } from '../../src/safe-text.ts';
import {
  bitString,
  commonName,
  der,
  extension,
  generalizedTime,
  integer,
  makeCertificate,
  name,
  octetString,
  oid,
  sequence,
  spki,
  utcTime,
  utf8,
} from '../support/certificate-maker.ts';

test.each([
  ['RSA', 2048, generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['RSA-PSS', 2048, generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
  ['EC P-256', 256, generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['EC P-384', 384, generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['Ed25519', 256, generateKeyPairSync('ed25519')],
  ['Ed448', 456, generateKeyPairSync('ed448')],
] as const)('an %s key is read with its size', (keyType, keyBits, { publicKey }) => {
  expect(readCertificate(makeCertificate({ publicKey: spki(publicKey) }))).toMatchObject({
    keyType,
    keyBits,
  });
});

test('a key of an unknown algorithm is named by its object identifier', () => {
  const publicKey = sequence(sequence(oid('1.2.3.4.5')), bitString(Buffer.alloc(8)));
  expect(readCertificate(makeCertificate({ publicKey }))).toMatchObject({
    keyType: '1.2.3.4.5',
    keyBits: null,
  });
});

test('the serial number is its octets without the sign', () => {
  const serial = (hex: string): string =>
    readCertificate(makeCertificate({ serial: integer(hex) })).serialNumber;
  expect([serial('0186a2'), serial('00ff'), serial('00'), serial('fb'), serial('ff00')]).toEqual([
    '01:86:a2',
    'ff',
    '00',
    '-05',
    '-01:00',
  ]);
});

test('validity is read from both kinds of time', () => {
  const { validFrom, validTo } = readCertificate(
    makeCertificate({ notBefore: utcTime('500228235959Z'), notAfter: generalizedTime('20500101000000Z') }),
  );
  expect([validFrom, validTo]).toEqual([Date.UTC(1950, 1, 28, 23, 59, 59), Date.UTC(2050, 0, 1)]);
});

test.each(['260230000000Z', '261301000000Z', '260101250000Z', 'tomorrow'])('%s is no time', (text) => {
  expect(() => readCertificate(makeCertificate({ notAfter: utcTime(text) }))).toThrow(
    'not a certificate: the end of validity is not a time',
  );
});

test('the alternative names and the common name come as they were sent', () => {
  const certificate = readCertificate(
    makeCertificate({
      subject: name(['2.5.4.10', utf8('o')], ['2.5.4.3', utf8('Z\u00fcrich')]),
      extensions: [
        extension('2.5.29.17', sequence(der(0x82, 'a.example'), der(0x87, Buffer.from([10, 0, 0, 1])))),
      ],
    }),
  );
  expect(certificate.subjectAltNames).toEqual(['DNS:a.example', 'IP Address:10.0.0.1']);
  expect(certificate.subjectCommonName).toBe('Z\u00fcrich');
  expect(certificate.subject).toBe('O = o, CN = Z\\C3\\BCrich');
  expect(readCertificate(makeCertificate({ subject: sequence() })).subjectCommonName).toBeNull();
});

test('a certificate that cannot be read is refused with what is wrong and where', () => {
  const whole = makeCertificate();
  const refusal = (bytes: Buffer): [string, number | null] => {
    try {
      readCertificate(bytes);
    } catch (error) {
      if (error instanceof CertificateError) return [error.message, error.offset];
      throw error;
    }
    throw new Error('it was read');
  };
  expect(refusal(Buffer.alloc(0))).toEqual(['not a certificate: no bytes where a value is expected', 0]);
  expect(refusal(whole.subarray(0, 100))[0]).toMatch(/^not a certificate: truncated: .* of 100$/);
  expect(refusal(Buffer.concat([whole, Buffer.from([0])]))).toEqual([
    `not a certificate: bytes follow the end of the value at offset ${whole.length} of ${whole.length + 1}`,
    whole.length,
  ]);
  expect(refusal(Buffer.alloc(longestDer + 1))[1]).toBe(longestDer);
  expect(refusal(sequence(sequence(), sequence()))).toEqual([
    'not a certificate: the signature is missing or of the wrong type',
    null,
  ]);
  expect(refusal(makeCertificate({ version: der(0xa0, integer('07')) }))[0]).toContain('version is unknown');
});

test.each([40, 5000])('values nested %i deep are refused before the stack ends', (depth) => {
  let nested: Buffer = Buffer.from([0x30, 0]);
  for (let level = 0; level < depth; level += 1) nested = sequence(nested);
  expect(() => readCertificate(nested)).toThrow(/nested deeper than 30/);
});

const rich = makeCertificate({
  subject: name(
    ['2.5.4.3', utf8('rich')],
    [
      ['2.5.4.10', utf8('one')],
      ['2.5.4.11', utf8('two')],
    ],
  ),
  extensions: [
    extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff])), integer('03')), true),
    extension('2.5.29.15', der(0x03, Buffer.from([7, 0xff, 0x80]))),
    extension('2.5.29.17', sequence(der(0x82, 'a'), der(0x87, '\x0a\0\0\x01'), der(0xa4, commonName('d')))),
    extension(
      '2.5.29.35',
      sequence(der(0x80, 'key'), der(0xa1, der(0xa4, commonName('d'))), der(0x82, '\x01')),
    ),
    extension(
      '2.5.29.31',
      sequence(sequence(der(0xa0, der(0xa0, der(0x86, 'http://c'))), der(0x81, '\x01\x60'))),
    ),
    extension(
      '2.5.29.30',
      sequence(der(0xa0, sequence(der(0x82, '.a')), sequence(der(0x87, '\x0a\0\0\0\xff\0\0\0')))),
    ),
    extension(
      '2.5.29.32',
      sequence(sequence(oid('1.2.3'), sequence(sequence(oid('1.3.6.1.5.5.7.2.2'), sequence(utf8('t')))))),
    ),
    extension(
      '1.3.6.1.4.1.11129.2.4.2',
      octetString(Buffer.concat([Buffer.from([0, 49, 0, 47]), Buffer.alloc(47)])),
    ),
    extension('1.2.3.4', Buffer.from('unknown')),
  ],
});

function readsOrRefuses(bytes: Buffer): void {
  try {
    const lines = certificateText(readCertificate(bytes));
    if (lines.some((line) => safeText(line.slice(0, longestSafeText)) !== line.slice(0, longestSafeText)))
      throw new Error('a line is not one line');
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    if (/[\n\r]/.test(error.message)) throw new Error('the message is not one line');
  }
}

test('whatever octets of a certificate change, it is read or refused, and nothing else happens', () => {
  const change = fc.tuple(fc.nat({ max: rich.length - 1 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(rich);
      for (const [at, octet] of changes) bytes[at] = octet;
      readsOrRefuses(bytes);
    }),
    { numRuns: 3000 },
  );
}, 60_000);

test('whatever is cut off or put in, it is read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: rich.length }),
      fc.nat({ max: 12 }),
      fc.uint8Array({ maxLength: 12 }),
      (at, removed, inserted) =>
        readsOrRefuses(Buffer.concat([rich.subarray(0, at), inserted, rich.subarray(at + removed)])),
    ),
    { numRuns: 1000 },
  );
  for (let length = 0; length < rich.length; length += 1)
    expect(() => readCertificate(rich.subarray(0, length))).toThrow(CertificateError);
});

test('whatever an extension contains, the certificate is read', () => {
  const types = ['2.5.29.14', '2.5.29.17', '2.5.29.19', '2.5.29.30', '2.5.29.31', '2.5.29.35', '2.5.29.36'];
  const more = ['2.5.29.15', '2.5.29.16', '2.5.29.28', '2.5.29.32', '2.5.29.33', '2.5.29.37', '2.5.29.54'];
  const others = [
    '1.3.6.1.5.5.7.1.1',
    '1.3.6.1.5.5.7.1.24',
    '1.3.6.1.4.1.11129.2.4.2',
    '2.16.840.1.113730.1.1',
  ];
  const { value } = fc.letrec<{ value: Buffer }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc
        .tuple(
          fc.constantFrom(1, 2, 3, 4, 5, 6, 12, 22, 24, 30, 0x80, 0x82, 0x86, 0x87, 0x88),
          fc.uint8Array({ maxLength: 20 }),
        )
        .map(([tag, bytes]) => der(tag, tag === 30 ? Buffer.alloc(4) : Buffer.from(bytes))),
      fc
        .tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa1, 0xa2, 0xa4), fc.array(tie('value'), { maxLength: 4 }))
        .map(([tag, values]) => der(tag, ...values)),
    ),
  }));
  fc.assert(
    fc.property(fc.constantFrom(...types, ...more, ...others), value, (type, content) => {
      const certificate = readCertificate(makeCertificate({ extensions: [extension(type, content)] }));
      expect(certificate.extensions[0]?.oid).toBe(type);
      readsOrRefuses(certificate.der);
    }),
    { numRuns: 1500 },
  );
});
