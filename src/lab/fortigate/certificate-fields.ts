import type { X509Certificate } from 'node:crypto';
import { fingerprintOf } from './ems-link.ts';

/** A certificate as FortiOS lists any. */
export function certificateFields(certificate: X509Certificate) {
  const line = (name: string) => name.split('\n').reverse().join(', ').replaceAll('=', ' = ');
  const seconds = (text: string) => Math.floor(Date.parse(text) / 1000);
  return {
    subject_raw: line(certificate.subject),
    issuer_raw: line(certificate.issuer),
    fingerprint: fingerprintOf(certificate),
    valid_from: seconds(certificate.validFrom),
    valid_to: seconds(certificate.validTo),
    valid_from_raw: rawTime(certificate.validFrom),
    valid_to_raw: rawTime(certificate.validTo),
    serial_number: certificate.serialNumber.match(/../g)?.join(':').toLowerCase() ?? '',
    version: 3,
    is_ca: certificate.ca,
    key_type: certificate.publicKey.asymmetricKeyType,
    key_size: certificate.publicKey.asymmetricKeyDetails?.modulusLength,
  };
}

function rawTime(text: string): string {
  return `${new Date(text).toISOString().slice(0, 19).replace('T', ' ')}  GMT`;
}
