import { type ComparedField, compareCertificates } from '../../certificate-comparison.ts';
import type { AcceptedView, CertificateView, ConnectorRow } from '../../state/changes.ts';

/** Is another certificate shown than the one that was accepted? */
export function isOther(row: ConnectorRow): boolean {
  const { accepted } = row.pin;
  const [leaf] = row.chain;
  return accepted !== null && leaf !== undefined && accepted.sha256 !== leaf.sha256;
}

/** The accepted certificate of a connector beside the one that its server shows. Values are not made safe yet. */
export function compareAccepted(
  row: ConnectorRow,
  accepted: AcceptedView,
  leaf: CertificateView,
): ComparedField[] {
  const { server, serialNumber, tenantId, pin } = row;
  const { issuer, sha256 } = leaf;
  const place = { server, serialNumber, tenantId };
  return compareCertificates(accepted, {
    certificate: leaf,
    issuer,
    issuerKey: pin.issuerKey,
    sha256,
    ...place,
  });
}

/** Why the pin does not fit, one sentence; null where it fits. */
export function whyChanged(row: ConnectorRow): string | null {
  const { accepted, mode, commonName, issuerKey } = row.pin;
  const [leaf] = row.chain;
  if (row.pinned || accepted === null || leaf === undefined) return null;
  if (accepted.sha256 === leaf.sha256)
    return accepted.mode === 'fingerprint' && mode === 'ca-cn'
      ? 'It was accepted under trust-ca-cn disable; enabling that needs a new acceptance.'
      : null;
  if (mode === 'fingerprint') return 'trust-ca-cn is disabled: only the very same certificate passes.';
  if (accepted.mode === 'fingerprint')
    return 'The earlier one was accepted by its SHA-256 (trust-ca-cn disable), which differs.';
  if (accepted.issuer !== leaf.issuer) return 'Another CA signed it.';
  if (accepted.issuerKey !== issuerKey)
    return 'Another CA of the same name signed it: its key is not that of the accepted one.';
  if (accepted.commonName !== commonName) return 'It is made out to another name (CN).';
  return accepted.commonName === null ? 'It has no CN, so that only the very same certificate passes.' : null;
}
