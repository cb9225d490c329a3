import { gmtText } from './certificate/time.ts';
import type { CertificateDetails } from './certificate.ts';

const margin = ' '.repeat(8);
const deeper = ' '.repeat(16);
/** Columns of the label, colon and blanks included. */
const labelColumns = 13;

/**
 * The text of `execute fctems verify`, a line each (docs/protocol/ems.md, Certificate text): labels, order and indentation are
 * FortiOS's. Only the first line of an extension's content is indented; a blank line ends every extension.
 *
 * The lines are safe to print as they are: whatever the peer wrote was escaped piece by piece before the lines were made.
 */
export function certificateText(certificate: CertificateDetails): string[] {
  const { extensions } = certificate;
  return [
    labelled('Subject', certificate.subject),
    labelled('Issuer', certificate.issuer),
    labelled('Valid from', gmtText(certificate.validFrom)),
    labelled('Valid to', gmtText(certificate.validTo)),
    labelled('Fingerprint', certificate.md5),
    labelled('Root CA', certificate.isRoot ? 'Yes' : 'No'),
    labelled('Version', String(certificate.version)),
    `${margin}Serial Num:`,
    `${deeper}${certificate.serialNumber}`,
    ...(extensions.length === 0 ? [] : [`${margin}Extensions:`]),
    ...extensions.flatMap(({ name, critical, content }) => {
      const [first = '', ...rest] = content.split('\n');
      return [
        `${deeper}Name:     ${name}`,
        `${deeper}Critical: ${critical ? 'yes' : 'no'}`,
        `${deeper}Content:`,
        ...(content === '' ? [] : [`${deeper}${first}`, ...rest]),
        '',
      ];
    }),
  ];
}

function labelled(label: string, value: string): string {
  return `${margin}${`${label}:`.padEnd(labelColumns)}${value}`;
}
