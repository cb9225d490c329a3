import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bmp,
  commonName,
  der,
  extension,
  generalizedTime,
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

export interface Specimen {
  title: string;
  der: Buffer;
}

/** Certificates that openssl itself makes, in `directory`: every kind of key, and every extension that its configuration can express. */
export function opensslSpecimens(directory: string): Specimen[] {
  const run = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const keys: [file: string, args: string[]][] = [
    ['rsa1024.key', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024']],
    ['rsa2048.key', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['rsa2049.key', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2049']],
    ['pss.key', ['genpkey', '-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ...['P-256', 'P-384', 'P-521', 'P-224', 'secp256k1', 'brainpoolP256r1'].map(
      (curve): [string, string[]] => [
        `${curve}.key`,
        ['genpkey', '-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`],
      ],
    ),
    [
      'explicit.key',
      [
        'genpkey',
        '-algorithm',
        'EC',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-pkeyopt',
        'ec_param_enc:explicit',
      ],
    ],
    ['ed25519.key', ['genpkey', '-algorithm', 'ED25519']],
    ['ed448.key', ['genpkey', '-algorithm', 'ED448']],
  ];
  for (const [file, args] of keys) run(...args, '-out', file);
  const specimens: Specimen[] = [];
  const request = (title: string, key: string, config: string, ...args: string[]): void => {
    writeFileSync(join(directory, 'request.cnf'), config);
    run(
      'req',
      '-new',
      '-x509',
      '-key',
      key,
      '-config',
      'request.cnf',
      '-outform',
      'DER',
      '-out',
      'out.der',
      ...args,
    );
    specimens.push({ title, der: readFileSync(join(directory, 'out.der')) });
  };
  for (const [file] of keys)
    request(`key ${file}`, file, configuration('', 'CN = key.example'), '-days', '30');
  request(
    'signed with PSS padding',
    'rsa2048.key',
    configuration('', 'CN = pss'),
    '-sigopt',
    'rsa_padding_mode:pss',
  );
  for (const [title, lines] of Object.entries(extensionSections)) {
    request(title, 'P-256.key', configuration(lines, 'C = CA\nO = Devqa\nCN = extensions'), '-days', '30');
  }
  for (const [title, subject] of Object.entries(subjects))
    request(`subject: ${title}`, 'P-256.key', configuration('', subject), '-utf8', '-days', '30');
  request('negative serial number', 'P-256.key', configuration('', 'CN = n'), '-set_serial', '-5');
  request(
    'long serial number',
    'P-256.key',
    configuration('', 'CN = n'),
    '-set_serial',
    `0x${'f1'.repeat(20)}`,
  );
  return specimens;
}

/** A request file: `lines` are extensions and, after a section head, whatever they refer to. */
export function configuration(lines: string, subject: string): string {
  const extensions = lines === '' ? '' : `x509_extensions = extensions\n`;
  return `[req]\ndistinguished_name = subject\nprompt = no\n${extensions}[subject]\n${subject}\n[extensions]\n${lines}\n`;
}

const directoryName = '[directory]\nC = CA\nO = "Dev, QA"\nCN = dir/name+x\n';

const extensionSections: Record<string, string> = {
  'basic constraints of a leaf': 'basicConstraints = critical, CA:FALSE',
  'basic constraints with a path length': 'basicConstraints = critical, CA:TRUE, pathlen:3',
  'key identifiers': 'subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always',
  'authority key identifier with issuer and serial number':
    'subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always, issuer:always',
  'every key usage':
    'keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign, encipherOnly, decipherOnly',
  'known and unknown key purposes':
    'extendedKeyUsage = serverAuth, clientAuth, codeSigning, emailProtection, timeStamping, OCSPSigning, ipsecIKE, msSmartcardLogin, anyExtendedKeyUsage, 1.2.3.4.5',
  'every kind of alternative name': `subjectAltName = DNS:a.example, DNS:*.b.example, IP:10.0.0.1, IP:2001:db8::1, IP:::ffff:1.2.3.4, email:x@y.example, URI:https://u.example/?a=b, RID:1.2.3.4, RID:2.5.29.37.0, dirName:directory, otherName:1.2.3.4;UTF8:hello, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:upn@x, otherName:1.2.3.5;INTEGER:7, otherName:1.3.6.1.5.5.7.8.7;IA5:_srv.x, otherName:1.3.6.1.5.5.7.8.5;UTF8:x@xmpp\nissuerAltName = DNS:issuer.example, email:ca@issuer.example\n${directoryName}`,
  '200 alternative names': `subjectAltName = ${Array.from({ length: 200 }, (_, index) => `DNS:host-${index}.a-rather-long-domain.example`).join(', ')}`,
  'distribution points': `crlDistributionPoints = point1, point2, URI:http://c.example/3\nfreshestCRL = URI:http://f.example\nissuingDistributionPoint = @point3\n${directoryName}[point1]\nfullname = URI:http://c.example/1, URI:ldap:///CN=x?certificateRevocationList\nreasons = keyCompromise, CACompromise, AACompromise\nCRLissuer = dirName:directory\n[point2]\nrelativename = relative\n[relative]\nCN = relative\n[point3]\nfullname = URI:http://i.example\nonlyCA = TRUE\nindirectCRL = TRUE\nonlysomereasons = superseded`,
  'ways of access': `authorityInfoAccess = OCSP;URI:http://o.example/, caIssuers;URI:http://ca.example/ca.cer, caIssuers;dirName:directory, 1.2.3.4;DNS:q, caIssuers;email:a@b\nsubjectInfoAccess = caRepository;URI:http://r.example/\n${directoryName}`,
  'plain policies': 'certificatePolicies = 1.2.3.4, 2.5.29.32.0, 2.23.140.1.2.1',
  'policies with qualifiers':
    'certificatePolicies = 1.2.3.4, @policy, @other\n[policy]\npolicyIdentifier = 1.3.5.8\nCPS.1 = http://cps.example/\nCPS.2 = http://cps2.example/\nuserNotice.1 = @notice\n[other]\npolicyIdentifier = 1.3.5.9\nuserNotice.1 = @short\nuserNotice.2 = @bare\n[notice]\nexplicitText = UTF8:Text \u00e9 here\norganization = Organisation\nnoticeNumbers = 1, 2, 3\n[short]\norganization = Organisation\nnoticeNumbers = 1\n[bare]\nexplicitText = bare',
  'limits on policies':
    'policyConstraints = requireExplicitPolicy:3, inhibitPolicyMapping:0\ninhibitAnyPolicy = 2\npolicyMappings = 1.2.3:1.2.4, 1.2.5:1.2.6',
  'name constraints': `nameConstraints = critical, permitted;DNS:.a.b, permitted;IP:10.0.0.0/255.0.0.0, permitted;IP:2001:db8::/ffff:ffff::, permitted;email:@mail.example, excluded;email:x.y, excluded;dirName:directory, excluded;URI:.h\n${directoryName}`,
  'name constraints that only exclude': 'nameConstraints = excluded;DNS:secret.example',
  'TLS features': 'tlsfeature = status_request, status_request_v2, 77',
  'Netscape extensions':
    'nsComment = "made by openssl"\nnsCertType = server, client, email, objsign, sslCA, emailCA, objCA\nnsBaseUrl = http://b/\nnsRevocationUrl = http://r/\nnsCaRevocationUrl = http://cr/\nnsRenewalUrl = http://n/\nnsCaPolicyUrl = http://p/\nnsSslServerName = s',
  'no OCSP check': 'noCheck = ignored',
  'unknown extensions':
    '1.2.3.4.99 = ASN1:UTF8:content that is unknown and longer than a row\n1.2.3.4.100 = critical, DER:00ff\n1.3.6.1.4.1.311.21.7 = DER:300c06082b0601040182371502010a',
  'extensions without a printer': '1.3.6.1.5.5.7.1.3 = DER:3000\n2.5.29.9 = DER:3000',
  'empty lists': 'subjectAltName = DER:3000\nauthorityKeyIdentifier = DER:3000',
  'private key usage period':
    '2.5.29.16 = DER:3022800F32303137303130313030303030305A810F32303237303130313030303030305A',
  'proxy certificate':
    'proxyCertInfo = critical, language:id-ppl-anyLanguage, pathlen:300, policy:text:hello',
  'proxy certificate that inherits all': 'proxyCertInfo = language:id-ppl-inheritAll',
  'addresses and systems of RFC 3779':
    'sbgp-ipAddrBlock = critical, @blocks\nsbgp-autonomousSysNum = critical, @systems\n[blocks]\nIPv4.0 = 10.0.0.0/8\nIPv4.1 = 192.168.1.1-192.168.2.9\nIPv4.2 = 172.16.0.0/12\nIPv6.0 = 2001:db8::/32\nIPv6.1 = 2001:db9:1::-2001:db9:2:3:4:5:6:7\n[systems]\nAS.0 = 64500\nAS.1 = 64510-64520\nRDI = inherit',
  'inherited addresses':
    'sbgp-ipAddrBlock = @blocks\nsbgp-autonomousSysNum = @systems\n[blocks]\nIPv4 = inherit\nIPv6 = inherit\n[systems]\nAS = inherit',
  'qualified certificate statements':
    '1.3.6.1.5.5.7.1.3 = DER:30163008060604008E4601013008060604008E460104\ncertificatePolicies = 0.4.0.194112.1.4',
  'extensions of revocation lists':
    '2.5.29.20 = DER:02020100\n2.5.29.27 = DER:0201ff\n2.5.29.21 = DER:0a0106\n2.5.29.23 = DER:06072A8648CE380203\n2.5.29.24 = DER:180F32303137303130313030303030305A\n1.3.6.1.5.5.7.48.1.6 = DER:180F32303137303130313030303030305A',
  'unknown reason of revocation': '2.5.29.21 = DER:0a0107',
  'strong extranet': '1.3.101.1.4.1 = DER:3012020100300d300b02020101040575736572',
  'content with octets after it':
    '2.5.29.19 = DER:30030101ff0500\n2.5.29.17 = DER:30058203612e62FFFF\n2.5.29.15 = DER:030205a0AABB\nsubjectKeyIdentifier = DER:0403010203DEAD\n2.16.840.1.113730.1.13 = DER:160161BEEF\n2.5.29.37 = DER:300a06082b060105050703010500',
  'content of odd encoding':
    '2.5.29.19 = DER:3003010101\n2.5.29.17 = DER:3081058203612e62\n2.5.29.37 = DER:3082000a06082b06010505070301',
  'content of indefinite length': '2.5.29.19 = DER:30800101ff0000\n2.5.29.17 = DER:30808203612e620000',
  'certificate transparency poison': '1.3.6.1.4.1.11129.2.4.3 = critical, DER:0500',
};

const subjects: Record<string, string> = {
  'as in the guide':
    'C = CA\nST = bc\nL = burnaby\nO = devqa\nOU = top3\nCN = sys169.qa.fortinet.cm\nemailAddress = xxxx@xxxxxxxx.xxx',
  'characters that need quotes': 'O = "Dev, QA + Ops; <more>"\nCN = "# first"\nOU = " blanks "',
  'backslash and quote': 'CN = a\\\\b\\"c',
  'letters outside ASCII': 'CN = Z\u00fcrich \u4e2d\u6587 \u{1f600}\nO = \u0417\u0430\u0432\u043e\u0434',
  'several attributes in one relative name': 'O = x\nCN = one\n+OU = two\n+UID = three',
  'rare attributes':
    'DC = example\nUID = u\nserialNumber = 7\nGN = G\nSN = S\ninitials = I\ntitle = T\nstreet = R\npostalCode = P\ndnQualifier = Q\npseudonym = N\nbusinessCategory = B\njurisdictionC = CA\norganizationIdentifier = VATCA-1\nunstructuredName = un\ntelephoneNumber = 1\n1.2.3.4.5 = unknown type',
};

/** What openssl refuses to make: certificates of our own bytes, signed properly. */
export function oddSpecimens(): Specimen[] {
  const cn = '2.5.4.3';
  const subject = (title: string, ...values: Buffer[]): Specimen => ({
    title: `odd name: ${title}`,
    der: makeCertificate({ subject: name(...values.map((value) => [cn, value] as const)) }),
  });
  const odd = (title: string, parts: Parameters<typeof makeCertificate>[0]): Specimen => ({
    title,
    der: makeCertificate(parts),
  });
  return [
    subject('embedded NUL', der(0x13, 'good.example\0.evil.example'), utf8('a\0b')),
    subject(
      'escape sequences and line ends',
      utf8('\x1b[2J\x1b]0;owned\x07\r\nCN = other'),
      der(0x14, '\x9b31m'),
    ),
    subject('right-to-left override', utf8('\u202egro.elpmaxe\u200b')),
    subject('BMPString', bmp('Z\u00fcrich \u4e2d'), bmp('')),
    subject('UniversalString', der(0x1c, Buffer.from('0000005a0001f600', 'hex'))),
    subject('TeletexString', der(0x14, Buffer.from('5afc7269636820', 'hex'))),
    subject('types that are no text', der(0x03, '\0bits'), sequence(integer('01')), der(0x08, 'external')),
    subject('digits', der(0x12, '12 3')),
    subject(
      'blanks, hash signs and quotes',
      utf8(' '),
      utf8('#'),
      utf8('a#'),
      utf8('  b  '),
      utf8('"'),
      utf8('\\,'),
      utf8(''),
    ),
    odd('empty subject', { subject: sequence(), issuer: commonName('issuer') }),
    odd('version 1', { version: null }),
    odd('version 2', { version: der(0xa0, integer('01')) }),
    odd('serial number zero', { serial: integer('00') }),
    odd('serial number of the guide', { serial: integer('0186a2') }),
    odd('serial number with its highest bit set', { serial: integer('00ff') }),
    odd('serial number minus one', { serial: integer('ff') }),
    odd('long negative serial number', { serial: integer(`80${'01'.repeat(19)}`) }),
    odd('expired', { notBefore: utcTime('500101000000Z'), notAfter: utcTime('991231235959Z') }),
    odd('not yet valid', {
      notBefore: generalizedTime('20500101000000Z'),
      notAfter: generalizedTime('99991231235959Z'),
    }),
    odd('valid since before the epoch', {
      notBefore: utcTime('500101000000Z'),
      notAfter: utcTime('491231235959Z'),
    }),
    odd('extensions that cannot be read', {
      extensions: [
        extension('2.5.29.17', Buffer.from('not DER')),
        extension('2.5.29.31', sequence(integer('01')), true),
        extension('2.5.29.30', Buffer.alloc(0)),
        extension('2.5.29.32', octetString(Buffer.alloc(40, 0x1b))),
      ],
    }),
    odd('an extension with a very long identifier', {
      extensions: [extension(`2.25.${2n ** 127n + 1n}`, octetString(Buffer.from('x')))],
    }),
    odd('addresses of the wrong length', {
      extensions: [extension('2.5.29.17', sequence(der(0x87, '\x0a\0\0'), der(0x87, Buffer.alloc(17, 1))))],
    }),
    odd('a directory name with hostile octets', {
      extensions: [
        extension(
          '2.5.29.17',
          sequence(
            der(
              0xa4,
              name(
                [cn, utf8('a\0\x1b[2J/O=x+\u00e9')],
                [
                  [cn, ia5('one')],
                  ['2.5.4.10', ia5('two')],
                ],
              ),
            ),
          ),
        ),
      ],
    }),
    odd('X.400 and EDI names', {
      extensions: [
        extension('2.5.29.18', sequence(der(0xa3, sequence()), der(0xa5, der(0xa1, utf8('party'))))),
      ],
    }),
    odd('numbers of any size', {
      extensions: [
        extension('2.5.29.54', integer('00ffffffffffffffffffffffffffffffffff')),
        extension('2.5.29.36', sequence(der(0x80, Buffer.from('7fffffffffffffff', 'hex')))),
        extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff])), integer('7fffffff'))),
      ],
    }),
    odd('address blocks of every kind', {
      extensions: [
        extension(
          '1.3.6.1.5.5.7.1.7',
          sequence(
            ...['000103', '000140', '000142', '000180', '0001fe', '000201', '0009', '00'].map((family) =>
              sequence(
                octetString(Buffer.from(family, 'hex')),
                sequence(
                  der(0x03, Buffer.from([0])),
                  der(0x03, Buffer.from([3, 0xa8])),
                  sequence(der(0x03, Buffer.from([5, 0x20])), der(0x03, Buffer.from([1, 0x7e]))),
                ),
              ),
            ),
          ),
        ),
        extension('1.3.6.1.5.5.7.1.8', sequence()),
      ],
    }),
    odd('address block that is too long', {
      extensions: [
        extension('1.3.6.1.5.5.7.1.7', sequence(sequence(octetString(Buffer.from([0, 1])), integer('00')))),
      ],
    }),
    odd('proxy information of a long number', {
      extensions: [
        extension(
          '1.3.6.1.5.5.7.1.14',
          sequence(integer(`00${'ab'.repeat(34)}`), sequence(oid('1.2.3.4'), octetString(Buffer.from('x')))),
        ),
      ],
    }),
    odd('signed certificate timestamps', {
      extensions: [extension('1.3.6.1.4.1.11129.2.4.2', octetString(timestamps()))],
    }),
    odd('other names in name constraints', {
      extensions: [
        extension(
          '2.5.29.30',
          sequence(
            der(
              0xa0,
              sequence(der(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), der(0xa0, utf8('.upn')))),
              sequence(der(0xa0, oid('1.2.3'), der(0xa0, utf8('x')))),
            ),
          ),
        ),
      ],
    }),
  ];
}

/** Bytes that openssl does not take for a certificate, so that neither do we. */
export function refusedSpecimens(): Specimen[] {
  const types: [string, Buffer][] = [
    ['invalid UTF-8', der(0x0c, Buffer.from('ffc0af41', 'hex'))],
    ['a date', utcTime('260101000000Z')],
    ['an OCTET STRING', octetString(Buffer.from('abc'))],
    ['a number', integer('07')],
    ['half a UniversalString', der(0x1c, Buffer.from('00005a', 'hex'))],
    ['half a BMPString', der(0x1e, Buffer.from('00005a', 'hex'))],
  ];
  return types.map(([title, value]) => ({
    title: `name that is ${title}`,
    der: makeCertificate({ subject: name(['2.5.4.3', value]) }),
  }));
}

function timestamps(): Buffer {
  const vector = (content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([content.length >> 8, content.length & 0xff]), content]);
  const one = (scheme: string, extensions: Buffer): Buffer => {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(1_700_000_000_123n);
    const signature = sequence(integer(`00${'ab'.repeat(32)}`), integer('12'.repeat(32)));
    return vector(
      Buffer.concat([
        Buffer.from([0]),
        Buffer.alloc(32, 0xa5),
        time,
        vector(extensions),
        Buffer.from(scheme, 'hex'),
        vector(signature),
      ]),
    );
  };
  return vector(Buffer.concat([one('0403', Buffer.alloc(0)), one('0401', Buffer.alloc(0))]));
}
