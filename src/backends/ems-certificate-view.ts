import { X509Certificate } from 'node:crypto';
import type { ComparedCertificate } from '../certificate-comparison.ts';
import { type CertificateDetails, CertificateError, readCertificate } from '../ems/certificate.ts';
import { certificateText } from '../ems/certificate-text.ts';
import type { ConnectorStatus } from '../ems/connector.ts';
import type { EmsTarget } from '../ems/examine.ts';
import { type Pin, pinnedFacts } from '../ems/pin.ts';
import type { AcceptedView, CertificateView, PinView } from '../state/changes.ts';

/** Chain and pin of one connector as the screens show them; what did not change is not read again. */
export interface EmsCertificateViews {
  chain(status: ConnectorStatus): readonly CertificateView[];
  pin(status: ConnectorStatus): PinView;
}

export function createCertificateViews(target: EmsTarget): EmsCertificateViews {
  const chainOf = remember((chain: readonly CertificateDetails[]) => chain.map(certificateView));
  const facts = remember((chain: readonly CertificateDetails[]) =>
    chain.length === 0 ? null : pinnedFacts(chain.map(({ der }) => der)),
  );
  const accepted = remember((pin: Pin | null) => (pin === null ? null : acceptedView(pin)));
  return {
    chain: ({ chain }) => chainOf(chain),
    pin: ({ chain, hostMatches }) => ({
      mode: target.pinMode,
      commonName: facts(chain)?.commonName ?? null,
      issuerKey: facts(chain)?.issuerKey ?? null,
      hostMatches,
      accepted: accepted(target.trust.pin(target.name)),
    }),
  };
}

/** A certificate as a screen shows it. */
export function certificateView(details: CertificateDetails): CertificateView {
  const { subject, issuer, validFrom, validTo, sha256, md5, isCa, keyType, keyBits, serialNumber } = details;
  return {
    ...{ subject, issuer, validFrom, validTo, sha256, md5, isCa, keyType, keyBits, serialNumber },
    names: details.subjectAltNames,
    text: certificateText(details),
  };
}

function acceptedView({ connector: _, ...pin }: Pin): AcceptedView {
  const details = acceptedDetails(pin);
  return { ...pin, certificate: details === null ? null : certificateView(details) };
}

/** What of a certificate is compared beyond its pin. */
export function comparedCertificate(details: CertificateDetails): ComparedCertificate {
  return { ...details, names: details.subjectAltNames };
}

/** The same of the accepted one; null where only its hash was kept. */
export function acceptedCertificate(pin: Pin): ComparedCertificate | null {
  const details = acceptedDetails(pin);
  return details === null ? null : comparedCertificate(details);
}

/** The certificate that was accepted; null where only its hash was kept. */
export function acceptedDetails({ certificate }: Pick<Pin, 'certificate'>): CertificateDetails | null {
  if (certificate === null) return null;
  try {
    return readCertificate(new X509Certificate(certificate).raw);
  } catch (error) {
    // It could be read when it was accepted; a reader that has become stricter leaves its hash.
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

function remember<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let last: { key: Key; value: Value } | null = null;
  return (key) => {
    if (last === null || last.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
