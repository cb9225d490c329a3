import { expect, test } from 'vitest';
import { readCertificate } from '../../src/ems/certificate.ts';
import { certificateText } from '../../src/ems/certificate-text.ts';
import {
  bitString,
  commonName,
  der,
  extension,
  ia5,
  integer,
  makeCertificate,
  name,
  octetString,
  oid,
  sequence,
  utcTime,
  utf8,
} from '../support/certificate-maker.ts';

const attributes = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
};
const email = '1.2.840.113549.1.9.1';

function distinguishedName(parts: Partial<Record<keyof typeof attributes, string>>, address: string): Buffer {
  const named = Object.entries(parts).map(
    ([key, text]) => [attributes[key as keyof typeof attributes], utf8(text)] as const,
  );
  return name(...named, [email, ia5(address)]);
}

const site = { C: 'CA', ST: 'bc', L: 'burnaby', O: 'devqa', OU: 'top3' };

/** The certificate that the guide prints, in everything that is printed but its MD5: its key and signature are unknown. */
function guideCertificate(): Buffer {
  const authority = sequence(
    der(0x80, Buffer.from('66540F787891F2E408BB802CF6BC018E3F4743B1', 'hex')),
    der(0xa1, der(0xa4, distinguishedName({ ...site, CN: 'fac155.fortinet.com' }, 'xyguo@fortinet.com'))),
    der(0x82, Buffer.from('0186a4', 'hex')),
  );
  return makeCertificate({
    subject: distinguishedName({ ...site, CN: 'sys169.qa.fortinet.cm' }, 'xxxx@xxxxxxxx.xxx'),
    issuer: commonName('155-sub1.fortinet.com'),
    serial: integer('0186a2'),
    notBefore: utcTime('171205003757Z'),
    notAfter: utcTime('271202180813Z'),
    extensions: [
      extension('2.5.29.19', sequence(), true),
      extension('2.5.29.14', octetString(Buffer.from('35B0E262AF9A7AE6A68EADCBA4CF4D7ADE2739A4', 'hex'))),
      extension('2.5.29.35', authority),
      extension('2.5.29.17', sequence(der(0x82, 'sys169.qa.fortinet.cm'))),
      extension('2.5.29.15', der(0x03, Buffer.from([7, 0xff, 0x80]))),
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
    ],
  });
}

// Written out as the guide prints it; trailing blanks and all.
const guideText = `
        Subject:     C = CA, ST = bc, L = burnaby, O = devqa, OU = top3, CN = sys169.qa.fortinet.cm, emailAddress = xxxx@xxxxxxxx.xxx
        Issuer:      CN = 155-sub1.fortinet.com
        Valid from:  2017-12-05 00:37:57  GMT
        Valid to:    2027-12-02 18:08:13  GMT
        Fingerprint: D3:7A:1B:84:CC:B7:5C:F0:A5:73:3D:BB:ED:21:F2:E0
        Root CA:     No
        Version:     3
        Serial Num:
                01:86:a2
        Extensions:
                Name:     X509v3 Basic Constraints
                Critical: yes
                Content:
                CA:FALSE

                Name:     X509v3 Subject Key Identifier
                Critical: no
                Content:
                35:B0:E2:62:AF:9A:7A:E6:A6:8E:AD:CB:A4:CF:4D:7A:DE:27:39:A4

                Name:     X509v3 Authority Key Identifier
                Critical: no
                Content:
                keyid:66:54:0F:78:78:91:F2:E4:08:BB:80:2C:F6:BC:01:8E:3F:47:43:B1
DirName:/C=CA/ST=bc/L=burnaby/O=devqa/OU=top3/CN=fac155.fortinet.com/emailAddress=xyguo@fortinet.com
serial:01:86:A4

                Name:     X509v3 Subject Alternative Name
                Critical: no
                Content:
                DNS:sys169.qa.fortinet.cm

                Name:     X509v3 Key Usage
                Critical: no
                Content:
                Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment, Key Agreement, Certificate Sign, CRL Sign, Encipher Only, Decipher Only

                Name:     X509v3 Extended Key Usage
                Critical: no
                Content:
                TLS Web Server Authentication, TLS Web Client Authentication

`
  .slice(1)
  .split('\n')
  .slice(0, -1);

test('the certificate of the guide prints as the guide prints it, character for character', () => {
  const certificate = readCertificate(guideCertificate());
  const md5OfTheGuide = 'D3:7A:1B:84:CC:B7:5C:F0:A5:73:3D:BB:ED:21:F2:E0';
  expect(certificate.md5).toMatch(/^[0-9A-F]{2}(:[0-9A-F]{2}){15}$/);
  expect(certificateText({ ...certificate, md5: md5OfTheGuide })).toEqual(guideText);
});

test('a root is a CA that names itself and whose own key signed it', () => {
  const ca = extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true);
  const rootLine = (certificate: Buffer): string | undefined =>
    certificateText(readCertificate(certificate)).find((line) => line.includes('Root CA'));
  expect(rootLine(makeCertificate({ extensions: [ca] }))).toBe('        Root CA:     Yes');
  expect(rootLine(makeCertificate({ extensions: [] }))).toBe('        Root CA:     No');
  expect(rootLine(makeCertificate({ extensions: [ca], issuer: commonName('another') }))).toBe(
    '        Root CA:     No',
  );
  const signedByAnother = makeCertificate({
    extensions: [ca],
    publicKey: sequence(sequence(oid('1.3.101.112')), bitString(Buffer.alloc(32, 7))),
  });
  expect(rootLine(signedByAnother)).toBe('        Root CA:     No');
});

test('text of the peer can neither start a line nor hide in one', () => {
  const hostile = 'a\r\n        Root CA:     Yes\u001b[2J\u202e\u0000';
  const certificate = readCertificate(
    makeCertificate({
      subject: name(['2.5.4.3', utf8(hostile)]),
      extensions: [
        extension(
          '2.5.29.17',
          sequence(
            der(0x82, Buffer.from(hostile, 'utf8')),
            der(0xa4, name(['2.5.4.3', utf8(hostile)])),
            der(0xa0, oid('1.2.3'), der(0xa0, utf8(hostile))),
          ),
        ),
        extension('2.16.840.1.113730.1.13', ia5(hostile)),
        extension('1.2.3.4', Buffer.from(hostile, 'utf8')),
        extension(
          '2.5.29.32',
          sequence(
            sequence(
              oid('1.2.3'),
              sequence(
                sequence(oid('1.3.6.1.5.5.7.2.1'), ia5(hostile)),
                sequence(oid('1.3.6.1.5.5.7.2.2'), sequence(utf8(hostile))),
              ),
            ),
          ),
        ),
      ],
    }),
  );
  const lines = certificateText(certificate);
  expect(
    lines.filter((line) => line.includes('Root CA:     ') && line.startsWith('        Root')),
  ).toHaveLength(1);
  expect(lines.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
  expect(lines).toContain(
    '                DNS:a\\x0d\\x0a        Root CA:     Yes\\x1b[2J\\u{202e}\\x00, DirName:/CN=a\\x0D\\x0A        Root CA:     Yes\\x1B[2J\\xE2\\x80\\xAE\\x00, othername: 1.2.3::a\\x0d\\x0a        Root CA:     Yes\\x1b[2J\\u{202e}\\x00',
  );
  // Whoever compares names wants them as they were sent.
  expect(certificate.subjectCommonName).toBe(hostile);
  expect(certificate.subjectAltNames[0]).toBe(`DNS:${hostile}`);
});

test('a certificate without extensions has no list of them', () => {
  const lines = certificateText(readCertificate(makeCertificate({ version: null })));
  expect(lines.at(-1)).toBe('                01');
});

test('an alternative name list of any length stays one line', () => {
  const names = Array.from({ length: 2000 }, (_, index) => der(0x82, `host-${index}.example`));
  const lines = certificateText(
    readCertificate(makeCertificate({ extensions: [extension('2.5.29.17', sequence(...names))] })),
  );
  expect(lines.at(-2)).toMatch(/^ {16}DNS:host-0\.example, .*, DNS:host-1999\.example$/);
});
