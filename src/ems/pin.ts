import { createHash, X509Certificate } from 'node:crypto';
import { readCertificate } from './certificate.ts';
import { toPem } from './handshake.ts';

/** `ca-cn` is `trust-ca-cn enable`, the default of FortiOS since 7.2.4; `fingerprint` is `disable`. */
export type PinMode = 'ca-cn' | 'fingerprint';

/** What of a chain a pin is compared with, and the certificate itself. */
export interface PinnedFacts {
  /** Of the server's own certificate, upper-case, `:` separated. */
  sha256: string;
  issuer: string;
  commonName: string | null;
  /** SHA-256 of the issuer's public key, so that another CA of the same name does not pass; null when not in the chain. */
  issuerKey: string | null;
  /** PEM, to be shown beside another one later; null in a store of layout 1. Nothing is decided by it. */
  certificate: string | null;
}

/** Where a certificate was accepted. Another server or tenant is shown, another serial number stops the connector. */
export interface PinnedPlace {
  /** `host:port`. */
  server: string | null;
  /** Serial number and tenant of the EMS at the time. */
  serialNumber: string | null;
  tenantId: string | null;
}

/** The record of a certificate that a person accepted for a connector. */
export interface Pin extends PinnedFacts, PinnedPlace {
  connector: string;
  /** Milliseconds since the epoch. */
  acceptedAt: number;
  /** The mode at the time; the SHA-256 is kept in both. */
  mode: PinMode;
}

/**
 * `none`: nothing was accepted. `mode`: something was, but under `trust-ca-cn disable`, and FortiOS wants a new approval
 * when it is enabled again. `changed`: the server shows another certificate than the accepted one.
 */
export type PinVerdict = 'none' | 'fits' | 'mode' | 'changed';

/** What to pin of a chain, DER, leaf first. Throws CertificateError when the leaf cannot be read. */
export function pinnedFacts(chain: readonly Buffer[]): PinnedFacts {
  const [leaf, next] = chain;
  const { sha256, issuer, subject, subjectCommonName } = readCertificate(leaf ?? Buffer.alloc(0));
  const issuing = next ?? (subject === issuer ? leaf : undefined);
  return {
    sha256,
    issuer,
    commonName: subjectCommonName,
    issuerKey: issuing ? keyOf(issuing) : null,
    certificate: leaf ? toPem(leaf) : null,
  };
}

function keyOf(der: Buffer): string | null {
  try {
    const key = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('hex');
  } catch {
    // A key of a kind that OpenSSL does not know; the names still have to fit.
    return null;
  }
}

/**
 * Does what the server shows fit what was accepted (docs/protocol/ems.md, Trust and pins)? In `ca-cn` mode a renewed
 * certificate of the same issuing CA and CN fits; one without a CN is held to its SHA-256, since it names nobody.
 */
export function comparePin(pin: Pin | null, shown: PinnedFacts, mode: PinMode): PinVerdict {
  if (pin === null) return 'none';
  const same = pin.sha256 === shown.sha256;
  if (mode === 'fingerprint') return same ? 'fits' : 'changed';
  if (pin.mode === 'fingerprint') return same ? 'mode' : 'changed';
  if (same) return 'fits';
  if (pin.commonName === null || pin.issuerKey === null) return 'changed';
  return pin.issuer === shown.issuer &&
    pin.commonName === shown.commonName &&
    pin.issuerKey === shown.issuerKey
    ? 'fits'
    : 'changed';
}

/** Does a pin count at all under this mode, whatever the server shows? */
export function countsUnder(pin: Pin, mode: PinMode): boolean {
  return mode === 'fingerprint' || pin.mode === 'ca-cn';
}
