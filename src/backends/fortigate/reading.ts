import { CertificateError, readCertificate, readCertificateFile } from '../../ems/certificate.ts';
import { certificateText } from '../../ems/certificate-text.ts';
import { safeText } from '../../safe-text.ts';
import { type Envelope, flagOf, numberOf, type Row, recordOf, textOf, wordOf } from './envelope.ts';
import { fortigateProfile } from './profile.ts';

/** One `fctems` entry of a FortiGate, from all that it says about it. Texts are safe to show; null is not said. */
export interface FortigateConnector {
  /** `ems-id`; null before FortiOS 7.0.8, where the name is the key. */
  readonly id: number | null;
  readonly name: string;
  readonly vdom: string | null;
  readonly enabled: boolean | null;
  readonly cloud: boolean;
  /** `host:port`. */
  readonly server: string | null;
  readonly serialNumber: string | null;
  readonly tenantId: string | null;
  readonly connected: boolean | null;
  readonly verified: boolean | null;
  /** The FortiGate's own words. */
  readonly status: string | null;
  readonly connection: string | null;
  readonly certificate: string | null;
  readonly websocket: string | null;
  readonly capabilities: readonly string[];
  /** `dirty-reason`, where it is not `none`. */
  readonly dirtyReason: string | null;
}

/** What a FortiGate says about the certificate of one EMS. */
export interface FortigateCertificate {
  /** Its own words. */
  readonly status: string | null;
  readonly error: string | null;
  /** As the FortiGate writes it, to be given back to it when it is to accept exactly this one. */
  readonly fingerprint: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** Milliseconds since the epoch. */
  readonly validTo: number | null;
  /** The certificate, a line each; empty where it was not given. */
  readonly text: readonly string[];
}

/** Puts together what the three calls say; each may be empty. */
export function mergeConnectors(
  configured: readonly Envelope[],
  status: readonly Envelope[],
  summary: readonly Envelope[],
): FortigateConnector[] {
  const found = new Map<string, { vdom: string | null; parts: [Row, Row, Row] }>();
  const add = (envelopes: readonly Envelope[], part: 0 | 1 | 2) => {
    for (const { vdom, rows } of envelopes)
      for (const row of rows) {
        const [id, name] = keyOf(row);
        if (id === null && name === null) continue;
        // With one global table each VDOM repeats the same entry.
        const key = id === null ? `name ${name}` : `id ${id} ${name ?? ''}`;
        const known = found.get(key) ?? sameEntry(found, id, name) ?? { vdom, parts: [{}, {}, {}] };
        known.parts[part] = { ...row, ...known.parts[part] };
        found.set(key, known);
      }
  };
  add(configured, 0);
  add(status, 1);
  add(summary, 2);
  return [...new Set(found.values())]
    .slice(0, fortigateProfile.mostConnectors)
    .map(({ vdom, parts }) => connectorOf(vdom, parts))
    .filter(
      ({ id, name, server, cloud, serialNumber }) =>
        // A FortiGate lists all its places for entries; those that nobody filled are none.
        id === null || name !== '' || server !== null || cloud || serialNumber !== null,
    );
}

function keyOf(row: Row): [id: number | null, name: string | null] {
  const id = numberOf(row['ems-id']) ?? numberOf(row['ems_id']) ?? numberOf(row['id']);
  return [id === 0 ? null : id, textOf(row['name'], 35) ?? textOf(row['ems_name'], 35)];
}

/** The same entry where one call gives its number and another its name only. */
function sameEntry<T extends { parts: readonly Row[] }>(
  found: ReadonlyMap<string, T>,
  id: number | null,
  name: string | null,
): T | undefined {
  for (const each of found.values())
    for (const part of each.parts) {
      const [otherId, otherName] = keyOf(part);
      const sameName = name !== null && name === otherName;
      if (
        id === null || otherId === null ? sameName : id === otherId && (name === null || otherName === null)
      )
        return each;
    }
  return undefined;
}

function connectorOf(
  vdom: string | null,
  [configured, status, summary]: [Row, Row, Row],
): FortigateConnector {
  const all = [configured, status, summary];
  // The configuration says by what its entries are known; the monitor numbers them in releases that know names only.
  const ids = (Object.keys(configured).length > 0 ? [configured] : all).map((part) => keyOf(part)[0]);
  const names = all.map((part) => keyOf(part)[1]);
  const host = textOf(configured['server']) ?? textOf(status['mgmt_ip']);
  const port = numberOf(configured['https-port']) ?? numberOf(status['mgmt_port']) ?? 443;
  const capabilities = configured['capabilities'];
  const dirty = textOf(configured['dirty-reason']);
  return {
    id: ids.find((id) => id !== null) ?? null,
    name: names.find((name) => name !== null) ?? '',
    vdom,
    enabled: configured['status'] === 'enable' ? true : configured['status'] === 'disable' ? false : null,
    cloud: configured['fortinetone-cloud-authentication'] === 'enable',
    server: host === null ? null : `${host.includes(':') ? `[${host}]` : host}:${port}`,
    serialNumber: textOf(status['ems_serial'], 64) ?? textOf(configured['serial-number'], 64),
    tenantId: textOf(status['ems_tenant_id'], 64) ?? textOf(configured['tenant-id'], 64),
    connected: flagOf(status['ems_is_connected']),
    verified: flagOf(status['ems_is_verified']),
    status: wordOf(status['ems_status']),
    connection: wordOf(summary['conn_status']),
    certificate: wordOf(summary['cert_status']),
    websocket: wordOf(status['ws_status']),
    capabilities: typeof capabilities === 'string' ? safeText(capabilities).split(/\s+/).filter(Boolean) : [],
    dirtyReason: dirty === 'none' ? null : dirty,
  };
}

/** What `cert-status` and `verify-cert` answer. */
export function certificateOf(envelopes: readonly Envelope[]): FortigateCertificate {
  const row = envelopes.flatMap(({ rows }) => rows)[0] ?? {};
  const given = row['cert'];
  const facts = typeof given === 'string' ? ofPem(given) : ofFields(recordOf(given));
  return {
    status: wordOf(row['status']) ?? wordOf(row['ems_status']),
    error: wordOf(row['error']),
    ...facts,
  };
}

type CertificateFacts = Pick<FortigateCertificate, 'fingerprint' | 'subject' | 'issuer' | 'validTo' | 'text'>;

const nothing: CertificateFacts = { fingerprint: null, subject: null, issuer: null, validTo: null, text: [] };

function ofPem(pem: string): CertificateFacts {
  try {
    const [leaf] = readCertificateFile(Buffer.from(pem));
    const details = readCertificate(leaf ?? Buffer.alloc(0));
    return {
      // [assumed] Only where the FortiGate does not name one itself.
      fingerprint: details.sha256,
      subject: safeText(details.subject),
      issuer: safeText(details.issuer),
      validTo: details.validTo,
      text: certificateText(details),
    };
  } catch (error) {
    if (error instanceof CertificateError) return nothing;
    throw error;
  }
}

/** The fields that FortiOS gives of any certificate. */
const certificateFields = [
  ['subject_raw', 'Subject'],
  ['issuer_raw', 'Issuer'],
  ['valid_from_raw', 'Valid from'],
  ['valid_to_raw', 'Valid to'],
  ['fingerprint', 'Fingerprint'],
  ['serial_number', 'Serial Num'],
  ['key_type', 'Key type'],
  ['key_size', 'Key size'],
  ['signature_algorithm', 'Signature'],
] as const;

function ofFields(cert: Row): CertificateFacts {
  const validTo = numberOf(cert['valid_to']);
  const text = certificateFields.flatMap(([field, label]) => {
    const value = wordOf(cert[field]);
    return value === null ? [] : [`${`${label}:`.padEnd(13)}${value}`];
  });
  return {
    fingerprint: textOf(cert['fingerprint']),
    subject: textOf(cert['subject_raw']),
    issuer: textOf(cert['issuer_raw']),
    validTo: validTo === null ? null : validTo * 1000,
    text,
  };
}
