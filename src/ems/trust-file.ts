import { createHash, X509Certificate } from 'node:crypto';
import type { Pin } from './pin.ts';

/**
 * Of the file's layout. A newer one is refused, so that nothing in it gets lost; an older one is read, and becomes this
 * one with the next change. Version 2 keeps the accepted certificate itself, and where it was accepted.
 */
const version = 2;
const oldestVersion = 1;
/** Characters of a certificate in PEM: what the certificate reader takes at most, in base 64. */
const longestPem = 400_000;

type Row = Record<string, unknown>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4096;
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

/** The file's text for these pins: JSON with times in ISO 8601. */
export function pinsText(pins: readonly Pin[]): string {
  const rows = pins.map((pin) => ({ ...pin, acceptedAt: new Date(pin.acceptedAt).toISOString() }));
  return `${JSON.stringify({ version, pins: rows }, null, 2)}\n`;
}

/** The pins in a file's text, or the reason why it is no trust store that this version can read. */
export function parsePins(text: string): Pin[] | { reason: string } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { reason: 'is not JSON: it was cut off or damaged' };
  }
  if (!isRow(data) || typeof data['version'] !== 'number') return { reason: 'is not a trust store' };
  if (data['version'] > version)
    return {
      reason: `was written by a newer fabrictop (layout ${data['version']}, this one reads ${version})`,
    };
  const rows = data['pins'];
  if (!Number.isInteger(data['version']) || data['version'] < oldestVersion || !Array.isArray(rows))
    return { reason: 'is not a trust store' };
  const pins: Pin[] = [];
  const connectors = new Set<string>();
  for (const row of rows) {
    const pin = isRow(row) ? readPin(row) : null;
    if (pin === null) return { reason: `holds a damaged entry (number ${pins.length + 1})` };
    if (connectors.has(pin.connector)) return { reason: `holds two entries of one connector` };
    connectors.add(pin.connector);
    pins.push(pin);
  }
  return pins;
}

function readPin(row: Row): Pin | null {
  const { connector, sha256, issuer, commonName, issuerKey, mode } = row as Record<keyof Pin, unknown>;
  // None of these four is in a store of version 1.
  const { certificate = null, server = null, serialNumber = null, tenantId = null } = row;
  const acceptedAt = typeof row['acceptedAt'] === 'string' ? Date.parse(row['acceptedAt']) : Number.NaN;
  if (!isText(connector) || connector === '') return null;
  if (!isText(sha256) || !/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(sha256)) return null;
  if (!isText(issuer) || !isTextOrNull(commonName) || !isTextOrNull(issuerKey)) return null;
  if (!isTextOrNull(server) || !isTextOrNull(serialNumber) || !isTextOrNull(tenantId)) return null;
  if (mode !== 'ca-cn' && mode !== 'fingerprint') return null;
  if (certificate !== null && !isCertificateOf(certificate, sha256)) return null;
  if (Number.isNaN(acceptedAt)) return null;
  return {
    ...{ connector, sha256, issuer, commonName, issuerKey, certificate },
    ...{ server, serialNumber, tenantId, acceptedAt, mode },
  };
}

// What a person is shown as accepted has to be what was accepted.
function isCertificateOf(pem: unknown, sha256: string): pem is string {
  if (typeof pem !== 'string' || pem.length > longestPem) return false;
  try {
    const digest = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
    return digest.toUpperCase() === sha256.replaceAll(':', '');
  } catch {
    return false;
  }
}
