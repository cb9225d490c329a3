import { expect, test } from 'vitest';
import { readCertificate } from '../../../src/ems/certificate.ts';
import {
  der,
  extension,
  integer,
  makeCertificate,
  octetString,
  oid,
  sequence,
} from '../../support/certificate-maker.ts';

// What OpenSSL prints for the others is held in test/oracles/openssl-certificates.test.ts.

const contentOf = (type: string, content: Buffer) =>
  readCertificate(makeCertificate({ extensions: [extension(type, content)] })).extensions[0]?.content;
const trailing = Buffer.from('beef', 'hex');

test('octets after the content are passed over in print, but give no rights and no names', () => {
  const authority = sequence(der(0x01, Buffer.from([0xff])));
  const names = sequence(der(0x82, 'a.example'));
  const read = (...after: Buffer[]) =>
    readCertificate(
      makeCertificate({
        extensions: [
          extension('2.5.29.19', Buffer.concat([authority, ...after])),
          extension('2.5.29.17', Buffer.concat([names, ...after])),
        ],
      }),
    );
  for (const certificate of [read(), read(trailing)])
    expect(certificate.extensions.map(({ content }) => content)).toEqual(['CA:TRUE', 'DNS:a.example']);
  expect(read()).toMatchObject({ isCa: true, subjectAltNames: ['DNS:a.example'] });
  expect(read(trailing)).toMatchObject({ isCa: false, subjectAltNames: [] });
});

test('a long number in proxy information is broken as OpenSSL breaks it', () => {
  const content = sequence(integer(`00${'ab'.repeat(80)}`), sequence(oid('1.2.3.4')));
  expect(contentOf('1.3.6.1.5.5.7.1.14', content)?.split('\n')).toEqual([
    `Path Length Constraint: ${'AB'.repeat(35)}\\`,
    `${'AB'.repeat(35)}\\`,
    'AB'.repeat(10),
    'Policy Language: 1.2.3.4',
  ]);
});

test('the policy text of a proxy cannot leave its line', () => {
  const text = octetString(Buffer.from('a\u001b[2J\nPath Length Constraint: 0\0b'));
  const content = sequence(sequence(oid('1.3.6.1.5.5.7.21.0'), text));
  expect(contentOf('1.3.6.1.5.5.7.1.14', content)?.split('\n')).toEqual([
    'Path Length Constraint: infinite',
    'Policy Language: Any language',
    'Policy Text: a\\x1b[2J\\x0aPath Length Constraint: 0\\x00b',
  ]);
});

test.each([
  [
    'an address that is too long',
    '1.3.6.1.5.5.7.1.7',
    sequence(sequence(octetString(Buffer.from([0, 1])), sequence(der(0x03, Buffer.alloc(6))))),
  ],
  [
    'an address family without addresses',
    '1.3.6.1.5.5.7.1.7',
    sequence(sequence(octetString(Buffer.from([0, 1])))),
  ],
  ['half a range', '1.3.6.1.5.5.7.1.8', sequence(der(0xa0, sequence(sequence(integer('01')))))],
  ['an extranet of no version', '1.3.101.1.4.1', sequence(integer('ff'), sequence())],
])('%s is dumped', (_name, type, content) => {
  expect(contentOf(type, content)).toMatch(/^0000 - 30 /);
});
