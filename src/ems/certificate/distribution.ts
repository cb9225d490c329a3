import { CertificateError, type Der, expectUniversal, isContext, readOid, tags } from './der.ts';
import { bitNames, generalNameText, generalNameTexts, objectName } from './general-names.ts';
import { readRelativeName, relativeNameText } from './names.ts';

// Bit 0 first (RFC 5280, 4.2.1.13).
const reasons = [
  'Unused',
  'Key Compromise',
  'CA Compromise',
  'Affiliation Changed',
  'Superseded',
  'Cessation Of Operation',
  'Certificate Hold',
  'Privilege Withdrawn',
  'AA Compromise',
];

/** Where revocation lists are, a block of lines for each point. */
export function distributionPointsText(value: Der): string[] {
  return expectUniversal(value, tags.sequence, 'the distribution points').children.flatMap((point) => {
    const lines: string[] = [];
    for (const part of expectUniversal(point, tags.sequence, 'a distribution point').children) {
      if (isContext(part, 0)) lines.push(...pointNameText(part));
      else if (isContext(part, 1)) lines.push('Reasons:', `  ${reasonsText(part)}`);
      else if (isContext(part, 2)) lines.push('CRL Issuer:', ...indented(generalNameTexts(part, 'own-line')));
      else throw new CertificateError('a distribution point holds something else');
    }
    return lines;
  });
}

// Flags of an issuing distribution point by context tag; OpenSSL prints the reasons (3) after the indirect flag (4).
const coverage: readonly (readonly [tag: number, text: string])[] = [
  [1, 'Only User Certificates'],
  [2, 'Only CA Certificates'],
  [4, 'Indirect CRL'],
  [3, 'Only Some Reasons:'],
  [5, 'Only Attribute Certificates'],
];

/** What a revocation list covers; certificates carry it by mistake only. */
export function issuingDistributionPointText(value: Der): string[] {
  const parts = expectUniversal(value, tags.sequence, 'the issuing distribution point').children;
  const name = parts.find((part) => isContext(part, 0));
  const lines = name === undefined ? [] : pointNameText(name);
  for (const [tag, text] of coverage) {
    const part = parts.find((candidate) => isContext(candidate, tag));
    if (part === undefined) continue;
    if (tag === 3) lines.push(text, `  ${reasonsText(part)}`);
    else if (part.bytes.some((octet) => octet !== 0)) lines.push(text);
  }
  return lines.length === 0 ? ['<EMPTY>'] : lines;
}

/** `OCSP - URI:http://ocsp.example/`, a line for each method. */
export function accessText(value: Der): string[] {
  const lines = expectUniversal(value, tags.sequence, 'the access methods').children.map((description) => {
    const [method, location] = expectUniversal(description, tags.sequence, 'an access method').children;
    if (location === undefined) throw new CertificateError('an access method has no location');
    return `${objectName(readOid(method))} - ${generalNameText(location, 'listed')}`;
  });
  return lines.length === 0 ? ['<EMPTY>'] : lines;
}

function pointNameText(part: Der): string[] {
  const [name] = part.children;
  if (name?.class !== 'context' || name.tag > 1)
    throw new CertificateError('a distribution point has no name');
  if (name.tag === 0) return ['Full Name:', ...indented(generalNameTexts(name, 'own-line'))];
  return ['Relative Name:', `  ${relativeNameText(readRelativeName(name.children, 'a relative name'))}`];
}

function reasonsText(part: Der): string {
  return bitNames(part.bytes, reasons).join(', ') || '<EMPTY>';
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
