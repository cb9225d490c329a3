import { CertificateError, readCertificate, readCertificateFile } from '../../ems/certificate.ts';
import { certificateText } from '../../ems/certificate-text.ts';
import { safeText } from '../../safe-text.ts';
import {
  at,
  type Envelope,
  flagOf,
  numberOf,
  type Row,
  recordOf,
  switchOf,
  textOf,
  wordOf,
} from './envelope.ts';
import type { FortigateProfile } from './profile.ts';
import type { FortigateFields } from './profile-fields.ts';

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
  { fields, limits }: Pick<FortigateProfile, 'fields' | 'limits'>,
): FortigateConnector[] {
  const names = fields.connector;
  const found = new Map<string, { vdom: string | null; parts: [Row, Row, Row] }>();
  const add = (envelopes: readonly Envelope[], part: 0 | 1 | 2) => {
    for (const { vdom, rows } of envelopes)
      for (const row of rows) {
        const [id, name] = keyOf(row, names);
        if (id === null && name === null) continue;
        // With one global table each VDOM repeats the same entry.
        const key = id === null ? `name ${name}` : `id ${id} ${name ?? ''}`;
        const known = found.get(key) ?? sameEntry(found, id, name, names) ?? { vdom, parts: [{}, {}, {}] };
        known.parts[part] = { ...row, ...known.parts[part] };
        found.set(key, known);
      }
  };
  add(configured, 0);
  add(status, 1);
  add(summary, 2);
  return [...new Set(found.values())]
    .slice(0, limits.mostConnectors)
    .map(({ vdom, parts }) => connectorOf(vdom, parts, names))
    .filter(
      ({ id, name, server, cloud, serialNumber }) =>
        // A FortiGate lists all its places for entries; those that nobody filled are none.
        id === null || name !== '' || server !== null || cloud || serialNumber !== null,
    );
}

type Names = FortigateFields['connector'];

function keyOf(row: Row, names: Names): [id: number | null, name: string | null] {
  const id = numberOf(at(row, names.id));
  return [id === 0 ? null : id, textOf(at(row, names.name), 35)];
}

/** The same entry where one call gives its number and another its name only. */
function sameEntry<T extends { parts: readonly Row[] }>(
  found: ReadonlyMap<string, T>,
  id: number | null,
  name: string | null,
  names: Names,
): T | undefined {
  for (const each of found.values())
    for (const part of each.parts) {
      const [otherId, otherName] = keyOf(part, names);
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
  names: Names,
): FortigateConnector {
  const all = [configured, status, summary];
  // The configuration says by what its entries are known; the monitor numbers them in releases that know names only.
  const ids = (Object.keys(configured).length > 0 ? [configured] : all).map((part) => keyOf(part, names)[0]);
  const called = all.map((part) => keyOf(part, names)[1]);
  const host = textOf(at(configured, names.server)) ?? textOf(at(status, names.server));
  const port = numberOf(at(configured, names.port)) ?? numberOf(at(status, names.port)) ?? 443;
  const capabilities = at(configured, names.capabilities);
  const dirty = textOf(at(configured, names.dirtyReason));
  return {
    id: ids.find((id) => id !== null) ?? null,
    name: called.find((name) => name !== null) ?? '',
    vdom,
    enabled: switchOf(at(configured, names.status)),
    cloud: switchOf(at(configured, names.cloud)) === true,
    server: host === null ? null : `${host.includes(':') ? `[${host}]` : host}:${port}`,
    serialNumber: textOf(at(status, names.serial), 64) ?? textOf(at(configured, names.serial), 64),
    tenantId: textOf(at(status, names.tenant), 64) ?? textOf(at(configured, names.tenant), 64),
    connected: flagOf(at(status, names.connected)),
    verified: flagOf(at(status, names.verified)),
    status: wordOf(at(status, names.says)),
    connection: wordOf(at(summary, names.connection)),
    certificate: wordOf(at(summary, names.certificate)),
    websocket: wordOf(at(status, names.websocket)),
    capabilities: typeof capabilities === 'string' ? safeText(capabilities).split(/\s+/).filter(Boolean) : [],
    dirtyReason: dirty === 'none' ? null : dirty,
  };
}

/** What `cert-status` and `verify-cert` answer. */
export function certificateOf(
  envelopes: readonly Envelope[],
  { emsCertificate: names }: FortigateFields,
): FortigateCertificate {
  const row = envelopes.flatMap(({ rows }) => rows)[0] ?? {};
  const given = at(row, names.cert);
  const facts = typeof given === 'string' ? ofPem(given) : ofFields(recordOf(given));
  return {
    status: wordOf(at(row, names.status)),
    error: wordOf(at(row, names.error)),
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
