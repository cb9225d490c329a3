import { CertificateError, type Der, expectUniversal, integerOf, isUniversal, readOid, tags } from './der.ts';
import { numberText, objectName, primitiveOf } from './general-names.ts';
import { piece } from './text.ts';

// Extensions of proxy certificates, and of revocation lists and OCSP, which certificates carry by mistake only.

/** Octets to a line of a long hexadecimal number, as OpenSSL breaks it. */
const hexRow = 35;

/** Who a proxy certificate may speak for (RFC 3820, 3.8). */
export function proxyText(value: Der): string[] {
  const parts = expectUniversal(value, tags.sequence, 'the proxy information').children;
  const [limit] = parts;
  const hasLimit = isUniversal(limit, tags.integer);
  const [language, policy] = expectUniversal(
    parts[hasLimit ? 1 : 0],
    tags.sequence,
    'the proxy policy',
  ).children;
  const [length = '', ...more] = hasLimit ? hexNumber(limit.bytes) : ['infinite'];
  const text = policy === undefined ? null : primitiveOf(policy, tags.octetString, 'the policy text');
  return [
    `Path Length Constraint: ${length}`,
    ...more,
    `Policy Language: ${objectName(readOid(language, 'the policy language'))}`,
    ...(text === null ? [] : [`Policy Text: ${piece(text)}`]),
  ];
}

function hexNumber(bytes: Buffer): string[] {
  const number = integerOf(bytes);
  const digits = (number < 0n ? -number : number).toString(16).toUpperCase();
  const even = digits.padStart(digits.length + (digits.length % 2), '0');
  return brokenHex(even, number < 0n ? '-' : '');
}

function brokenHex(digits: string, sign: string): string[] {
  const rows = digits.match(new RegExp(`.{1,${hexRow * 2}}`, 'g')) ?? ['0'];
  return rows.map((row, index) => `${index === 0 ? sign : ''}${row}${index < rows.length - 1 ? '\\' : ''}`);
}

export function numberExtensionText(value: Der): string[] {
  return [numberText(primitiveOf(value, tags.integer, 'the number'))];
}

// RFC 5280, 5.3.1; 7 is not used.
const reasons: Readonly<Record<string, string>> = {
  0: 'Unspecified',
  1: 'Key Compromise',
  2: 'CA Compromise',
  3: 'Affiliation Changed',
  4: 'Superseded',
  5: 'Cessation Of Operation',
  6: 'Certificate Hold',
  8: 'Remove From CRL',
  9: 'Privilege Withdrawn',
  10: 'AA Compromise',
};

export function revocationReasonText(value: Der): string[] {
  const number = numberText(primitiveOf(value, tags.enumerated, 'the reason'));
  return [reasons[number] ?? number];
}

export function objectText(value: Der): string[] {
  return [objectName(readOid(value))];
}

/** Thawte's Strong Extranet: zones and the user's name in each. */
export function strongExtranetText(value: Der): string[] {
  const [version, ids] = expectUniversal(value, tags.sequence, 'the extranet').children;
  const number = integerOf(primitiveOf(version, tags.integer, 'the version'));
  if (number < 0n || number > 0xffn) throw new CertificateError('the version is unknown');
  return [
    `Version: ${number + 1n} (0x${number.toString(16).toUpperCase()})`,
    ...expectUniversal(ids, tags.sequence, 'the zones').children.map((id) => {
      const [zone, user] = expectUniversal(id, tags.sequence, 'a zone').children;
      const zoneNumber = numberText(primitiveOf(zone, tags.integer, 'a zone'));
      return `Zone: ${zoneNumber}, User: ${piece(primitiveOf(user, tags.octetString, 'a user'))}`;
    }),
  ];
}
