import { keyText, nameList } from '../../certificate-comparison.ts';
import type { CertificateView } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { expiryWords } from '../parts/expiry.ts';
import { composeLong } from '../parts/fields.ts';
import { dateTime } from '../text/format.ts';

/** What one looks for first in a certificate, above its whole text; the MD5 is the guide's form of a fingerprint. */
export function factsLines(certificate: CertificateView, now: number, width: number): Run[][] {
  const { validFrom, validTo, names, md5 } = certificate;
  const expiry = expiryWords(certificate, now);
  const period = `${dateTime(validFrom).slice(0, 10)} to ${dateTime(validTo).slice(0, 10)}`;
  return [
    ...composeLong(['Valid', `${period}: ${expiry.text}`, expiry.tone], width),
    ...composeLong(['Key', keyText(certificate)], width),
    ...composeLong(['Names', nameList(names)], width),
    ...composeLong(['MD5', md5], width),
    [],
  ];
}
