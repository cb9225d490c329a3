import { CertificateError, type Der, expectUniversal, readLeadingDer, readOid, tags } from './der.ts';
import { accessText, distributionPointsText, issuingDistributionPointText } from './distribution.ts';
import { bitNames, generalNameTexts, numberText, objectName, primitiveOf } from './general-names.ts';
import {
  basicConstraintsText,
  inhibitAnyPolicyText,
  nameConstraintsText,
  policyConstraintsText,
} from './limits.ts';
import { extensionNames } from './oids.ts';
import { policiesText, policyMappingsText } from './policies.ts';
import {
  numberExtensionText,
  objectText,
  proxyText,
  revocationReasonText,
  strongExtranetText,
} from './rare.ts';
import { addressBlocksText, systemNumbersText } from './resources.ts';
import { signedTimestampsText } from './signed-timestamps.ts';
import { hexDump, piece, upperOctets } from './text.ts';
import { openSslTimeText, readTimeOctets } from './time.ts';

export interface CertificateExtension {
  /** OpenSSL's long name, else the object identifier. */
  readonly name: string;
  readonly oid: string;
  readonly critical: boolean;
  /**
   * OpenSSL's text rendering. `\n` separates lines and is ours alone: whatever the peer put into a name is made safe piece
   * by piece (src/safe-text.ts), so that it can neither start a line nor hide in one.
   */
  readonly content: string;
}

/** One extension of a certificate. @throws {CertificateError} when it is none. */
export function readExtension(value: Der): CertificateExtension & { bytes: Buffer } {
  const parts = expectUniversal(value, tags.sequence, 'an extension').children;
  const oid = readOid(parts[0], 'the type of an extension');
  const hasFlag = parts.length === 3;
  const critical =
    hasFlag && primitiveOf(parts[1], tags.boolean, 'the critical flag').some((octet) => octet !== 0);
  const bytes = primitiveOf(parts[hasFlag ? 2 : 1], tags.octetString, 'the content of an extension');
  return { name: extensionNames[oid] ?? oid, oid, critical, content: contentText(oid, bytes), bytes };
}

/** What OpenSSL 3.0 cannot render, or what is malformed, is dumped (docs/protocol/ems.md, Certificate text). */
function contentText(oid: string, bytes: Buffer): string {
  const render = renderers[oid];
  if (render !== undefined) {
    try {
      // Octets after the value are passed over, as OpenSSL does; only rights and names are taken more strictly.
      return render(readLeadingDer(bytes)).join('\n');
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
    }
  }
  return hexDump(bytes).join('\n');
}

type Renderer = (value: Der) => string[];

/** One comma-separated line. */
function listed(texts: (value: Der) => string[]): Renderer {
  return (value) => {
    const all = texts(value);
    return [all.length === 0 ? '<EMPTY>' : all.join(', ')];
  };
}

// Bit 0 first (RFC 5280, 4.2.1.3).
const keyUsages = [
  'Digital Signature',
  'Non Repudiation',
  'Key Encipherment',
  'Data Encipherment',
  'Key Agreement',
  'Certificate Sign',
  'CRL Sign',
  'Encipher Only',
  'Decipher Only',
];
const netscapeTypes = [
  'SSL Client',
  'SSL Server',
  'S/MIME',
  'Object Signing',
  'Unused',
  'SSL CA',
  'S/MIME CA',
  'Object Signing CA',
];
/** TLS extension numbers that OpenSSL names in a TLS Feature. */
const tlsFeatures: Readonly<Record<string, string>> = { 5: 'status_request', 17: 'status_request_v2' };

const alternativeNames = listed((value) =>
  generalNameTexts(expectUniversal(value, tags.sequence, 'the alternative names'), 'listed'),
);
const netscapeText: Renderer = (value) => [piece(primitiveOf(value, tags.ia5String, 'the text'))];

function bitList(names: readonly string[]): Renderer {
  return listed((value) => bitNames(primitiveOf(value, tags.bitString, 'the flags'), names));
}

function keyIdentifierText(value: Der): string[] {
  return [upperOctets(primitiveOf(value, tags.octetString, 'the key identifier'))];
}

// `keyid:` always: OpenSSL dropped the label in 3.0 for an identifier that stands alone, FortiOS has it.
function authorityKeyText(value: Der): string[] {
  const lines: string[] = [];
  for (const part of expectUniversal(value, tags.sequence, 'the authority key identifier').children) {
    if (part.class !== 'context')
      throw new CertificateError('the authority key identifier holds something else');
    if (part.tag === 0) lines.push(`keyid:${upperOctets(part.bytes)}`);
    else if (part.tag === 1) lines.push(...generalNameTexts(part, 'listed'));
    else if (part.tag === 2) lines.push(`serial:${upperOctets(magnitude(part.bytes))}`);
  }
  return lines.length === 0 ? ['<EMPTY>'] : lines;
}

/** The octets of a number without the zero that only keeps it positive. */
function magnitude(bytes: Buffer): Buffer {
  return bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

function privateKeyPeriodText(value: Der): string[] {
  const lines: string[] = [];
  for (const part of expectUniversal(value, tags.sequence, 'the usage period').children) {
    const label = part.tag === 0 ? 'Not Before' : 'Not After';
    lines.push(
      `${label}: ${openSslTimeText(readTimeOctets(part.bytes, tags.generalizedTime, 'the usage period'))}`,
    );
  }
  return [lines.join(', ')];
}

const dateText: Renderer = (value) => [
  openSslTimeText(
    readTimeOctets(primitiveOf(value, tags.generalizedTime, 'the date'), tags.generalizedTime, 'the date'),
  ),
];

const renderers: Readonly<Record<string, Renderer>> = {
  '2.5.29.14': keyIdentifierText,
  '2.5.29.15': bitList(keyUsages),
  '2.5.29.16': privateKeyPeriodText,
  '2.5.29.17': alternativeNames,
  '2.5.29.18': alternativeNames,
  '2.5.29.19': basicConstraintsText,
  '2.5.29.20': numberExtensionText,
  '2.5.29.21': revocationReasonText,
  '2.5.29.23': objectText,
  '2.5.29.24': dateText,
  '2.5.29.27': numberExtensionText,
  '2.5.29.28': issuingDistributionPointText,
  '2.5.29.29': alternativeNames,
  '2.5.29.30': nameConstraintsText,
  '2.5.29.31': distributionPointsText,
  '2.5.29.32': policiesText,
  '2.5.29.33': policyMappingsText,
  '2.5.29.35': authorityKeyText,
  '2.5.29.36': policyConstraintsText,
  '2.5.29.37': listed((value) =>
    expectUniversal(value, tags.sequence, 'the key purposes').children.map((purpose) =>
      objectName(readOid(purpose)),
    ),
  ),
  '2.5.29.46': distributionPointsText,
  '2.5.29.54': inhibitAnyPolicyText,
  '1.3.6.1.5.5.7.1.1': accessText,
  '1.3.6.1.5.5.7.1.7': addressBlocksText,
  '1.3.6.1.5.5.7.1.8': systemNumbersText,
  '1.3.6.1.5.5.7.1.11': accessText,
  '1.3.6.1.5.5.7.1.14': proxyText,
  '1.3.6.1.5.5.7.1.24': listed((value) =>
    expectUniversal(value, tags.sequence, 'the TLS features').children.map((feature) => {
      const number = numberText(primitiveOf(feature, tags.integer, 'a TLS feature'));
      return tlsFeatures[number] ?? number;
    }),
  ),
  // OpenSSL prints nothing for this one: its presence is all it says.
  '1.3.6.1.5.5.7.48.1.5': (value) => {
    expectUniversal(value, tags.null, 'the content');
    return [];
  },
  '1.3.6.1.5.5.7.48.1.6': dateText,
  '1.3.101.1.4.1': strongExtranetText,
  '1.3.6.1.4.1.11129.2.4.2': signedTimestampsText,
  '1.3.6.1.4.1.11129.2.4.3': (value) => {
    expectUniversal(value, tags.null, 'the content');
    return ['NULL'];
  },
  '2.16.840.1.113730.1.1': bitList(netscapeTypes),
  '2.16.840.1.113730.1.2': netscapeText,
  '2.16.840.1.113730.1.3': netscapeText,
  '2.16.840.1.113730.1.4': netscapeText,
  '2.16.840.1.113730.1.7': netscapeText,
  '2.16.840.1.113730.1.8': netscapeText,
  '2.16.840.1.113730.1.12': netscapeText,
  '2.16.840.1.113730.1.13': netscapeText,
};
